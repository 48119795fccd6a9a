import { expect, it } from "vitest";
import { EMPTY_DRAFT } from "./draft.ts";
import { type Look, whatIsMissing } from "./missing.ts";

const spec = { position: "DEGRADED", level: "core", strategy: "cached" } as const;
const plan = { spec: { ok: true, spec }, share: undefined, changed: true } as const;
const share = { id: "s", by: "context", contextKey: "user id", shareBp: 1 } as const;
const whole: Look = {
  stale: false,
  allowed: true,
  plan,
  audience: { good: true },
  times: false,
  draft: { ...EMPTY_DRAFT, reason: "why", typedName: "checkout" },
  mustName: true,
  name: "checkout",
};

it.each<[string, Partial<Look>, ReturnType<typeof whatIsMissing>]>([
  ["nothing", {}, undefined],
  ["etcd away", { stale: true }, "readOnly"],
  ["the right", { allowed: false }, "rights"],
  ["payload not JSON", { plan: { ...plan, spec: { ok: false, field: "payload", detail: "" } } }, "payload"],
  [
    "static without payload",
    { plan: { ...plan, spec: { ok: true, spec: { ...spec, strategy: "static" } } } },
    "static",
  ],
  ["audience not good", { audience: { good: false } }, "audience"],
  ["a share by no field", { plan: { ...plan, share } }, "share"],
  ["a time that is over", { times: true }, "times"],
  ["nothing changed", { plan: { ...plan, changed: false } }, "change"],
  ["blank reason", { draft: { reason: "  ", typedName: "checkout" } }, "reason"],
  ["another name typed", { draft: { reason: "why", typedName: "checkot" } }, "name"],
  ["no name to type", { mustName: false, draft: { reason: "why", typedName: "" } }, undefined],
])("a draft is missing: %s", (_, part, missing) => {
  expect(whatIsMissing({ ...whole, ...part })).toBe(missing);
});
