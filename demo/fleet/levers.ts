import { DEFAULT_BREAKER } from "@leverframe/agent/protocol";
import type { EditRequest } from "../../src/domain/change-set-request.ts";
import { ISSUER, SCOPE, type TokenKey } from "./token-key.ts";

type Seed = Pick<EditRequest, "service" | "kind" | "name" | "spec" | "meta">;

/** Levers that the shop's code reads, as an operator of that shop would have set them up. */
export const SHARED_LEVERS: readonly Seed[] = [
  {
    service: "*",
    kind: "switch",
    name: "comments",
    spec: {
      position: "NORMAL",
      level: "non-core",
      strategy: "placeholder",
      payload: "Comments are resting.",
    },
    meta: { owner: "content", description: "What buyers say, below each product" },
  },
  {
    service: "*",
    kind: "switch",
    name: "recommendations",
    spec: {
      position: "NORMAL",
      level: "non-core",
      strategy: "static",
      payload: ["Signal lamp", "Brass whistle"],
    },
    meta: { owner: "growth", description: "Personal recommendations; a fixed list when degraded" },
  },
];

export const SERVICE_LEVERS: readonly Seed[] = [
  {
    service: "gateway",
    kind: "switch",
    name: "product-page",
    spec: { position: "NORMAL", level: "secondary", strategy: "simplified" },
    meta: {
      owner: "shop",
      description: "Product cards with their stories; names and prices only when degraded",
    },
  },
  {
    service: "order",
    kind: "switch",
    name: "checkout",
    spec: {
      position: "NORMAL",
      level: "core",
      strategy: "custom",
      payload: "Orders are closed for a moment.",
    },
    meta: { owner: "trade", description: "Taking orders at all" },
  },
  {
    service: "gateway",
    kind: "config",
    name: "banner",
    spec: { format: "json", value: JSON.stringify({ text: "Free delivery to every station" }) },
    meta: { owner: "shop", description: "The line above the shop" },
  },
  {
    service: "payment",
    kind: "breaker",
    name: "bank",
    spec: {
      ...DEFAULT_BREAKER,
      minimumNumberOfCalls: 10,
      slowCallDurationThresholdMs: 400,
      slowCallRateThreshold: 60,
    },
    meta: { owner: "trade", description: "Calls to the bank" },
  },
];

/** Who may call inventory: whoever bears a token of order's key with the scope. */
export const rpcPolicyLever = ({ publicJwk }: TokenKey): Seed => ({
  service: "inventory",
  kind: "config",
  name: "rpc-policy",
  spec: {
    format: "json",
    value: JSON.stringify(
      {
        issuer: ISSUER,
        audience: "inventory",
        jwks: { keys: [publicJwk] },
        rules: [{ method: "/shop.Inventory/*", scopes: [SCOPE] }],
      },
      undefined,
      2,
    ),
  },
  meta: {
    owner: "trade",
    description: "Whose tokens inventory believes, and the scope that each method asks for",
  },
});
