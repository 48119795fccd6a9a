import {
  type ChannelCredentials,
  type ClientOptions,
  type ClientReadableStream,
  type handleServerStreamingCall,
  type handleUnaryCall,
  makeClientConstructor,
  type ServiceDefinition,
} from "@grpc/grpc-js";
import { fromJSON } from "@grpc/proto-loader";
import type { UnaryMethod } from "@leverframe/agent/grpc";

/**
 * ```proto
 * package shop;
 * service Inventory {
 *   rpc Reserve (ReserveRequest) returns (Reservation);
 *   rpc WatchStock (WatchRequest) returns (stream Stock);
 * }
 * message ReserveRequest { string product = 1; int32 quantity = 2; }
 * message Reservation { bool reserved = 1; int32 left = 2; string instance = 3; }
 * message WatchRequest {}
 * message Stock { string product = 1; int32 left = 2; string instance = 3; }
 * ```
 */
export interface ReserveRequest {
  readonly product: string;
  readonly quantity: number;
}
export interface Reservation {
  readonly reserved: boolean;
  readonly left: number;
  readonly instance: string;
}
export interface Stock {
  readonly product: string;
  readonly left: number;
  readonly instance: string;
}

const field = (type: string, id: number) => ({ type, id });
const stock = { product: field("string", 1), left: field("int32", 2), instance: field("string", 3) };

const loaded = fromJSON(
  {
    nested: {
      shop: {
        nested: {
          Inventory: {
            methods: {
              Reserve: { comment: "", requestType: "ReserveRequest", responseType: "Reservation" },
              WatchStock: {
                comment: "",
                requestType: "WatchRequest",
                responseType: "Stock",
                responseStream: true,
              },
            },
          },
          ReserveRequest: { fields: { product: field("string", 1), quantity: field("int32", 2) } },
          Reservation: {
            fields: { reserved: field("bool", 1), left: field("int32", 2), instance: field("string", 3) },
          },
          WatchRequest: { fields: {} },
          Stock: { fields: stock },
        },
      },
    },
  },
  { defaults: true },
);

/** What a server adds, and a client calls. */
export const INVENTORY = loaded["shop.Inventory"] as ServiceDefinition;
export const RESERVE = "/shop.Inventory/Reserve";
export const WATCH_STOCK = "/shop.Inventory/WatchStock";

export interface InventoryHandlers {
  readonly Reserve: handleUnaryCall<ReserveRequest, Reservation>;
  readonly WatchStock: handleServerStreamingCall<object, Stock>;
  readonly [method: string]:
    | handleUnaryCall<ReserveRequest, Reservation>
    | handleServerStreamingCall<object, Stock>;
}

/** A client of the service. */
export interface InventoryClient {
  readonly reserve: UnaryMethod<ReserveRequest, Reservation>;
  readonly watchStock: (request: object) => ClientReadableStream<Stock>;
  readonly close: () => void;
}

const Made = makeClientConstructor(INVENTORY, "shop.Inventory");

/** Connects when it is first called. */
export function inventoryClient(
  target: string,
  credentials: ChannelCredentials,
  options: Partial<ClientOptions>,
): InventoryClient {
  const made = new Made(target, credentials, options) as unknown as InventoryClient;
  return {
    reserve: (...call) => made.reserve(...call),
    watchStock: (request) => made.watchStock(request),
    close: () => made.close(),
  };
}
