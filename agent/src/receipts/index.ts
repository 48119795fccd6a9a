export { composeReceipt } from "./compose-receipt.ts";
export { ReceiptSender } from "./receipt-sender.ts";
