import { callDefaults, callOnce } from "./call.ts";
import type { MakeService } from "./service.ts";

const MOST_OWED = 1_000;
const TIMEOUT_MS = 1_200;

/**
 * Charges at the bank under the live levers `timeout`, `retry`, `limit` and `breaker` named `bank`. While the switch
 * `charging` is degraded, and where the bank fails, the order goes through and is noted to be charged later: `GET /owed`.
 */
export const payment: MakeService = (agent) => {
  const charging = agent.switch("charging", { level: "secondary" });
  const bank = agent.policy("bank", callDefaults(TIMEOUT_MS));
  const owed: { readonly by: string; readonly why: string }[] = [];
  let dropped = 0;
  return async ({ url, shopper }) => {
    if (url.pathname === "/owed") return { json: { owed: owed.length + dropped, listed: owed.slice(-20) } };
    const paid = await bank.call(
      async (attempt) => {
        await callOnce(agent, "bank", "/charge", { shopper, method: "POST", body: {} }, attempt);
        return true;
      },
      {
        idempotencyKey: true,
        context: { userId: shopper.userId, tier: shopper.tier },
        degrade: charging,
        fallback: () => false,
        args: shopper.userId,
        onDegraded: ({ reason, args }) => {
          owed.push({ by: String(args), why: reason });
          if (owed.length > MOST_OWED) {
            owed.shift();
            dropped += 1;
          }
        },
      },
    );
    return { json: { paid } };
  };
};
