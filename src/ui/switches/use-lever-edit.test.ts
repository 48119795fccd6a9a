import { expect, it } from "vitest";
import { EMPTY_DRAFT } from "./draft.ts";
import { whatIsMissing } from "./use-lever-edit.ts";

const spec = { position: "DEGRADED", level: "core", strategy: "cached" } as const;
const whole = {
  stale: false,
  planned: { ok: true, spec },
  changed: true,
  draft: { ...EMPTY_DRAFT, reason: "why", typedName: "checkout" },
  mustName: true,
  name: "checkout",
} as const;

it.each([
  ["nothing", {}, undefined],
  ["etcd away", { stale: true }, "readOnly"],
  ["payload not JSON", { planned: { ok: false, field: "payload", detail: "" } }, "payload"],
  ["static without payload", { planned: { ok: true, spec: { ...spec, strategy: "static" } } }, "static"],
  ["nothing changed", { changed: false }, "change"],
  ["blank reason", { draft: { ...whole.draft, reason: "  " } }, "reason"],
  ["another name typed", { draft: { ...whole.draft, typedName: "checkot" } }, "name"],
  ["no name to type", { mustName: false, draft: { ...whole.draft, typedName: "" } }, undefined],
] as const)("a draft is missing: %s", (_, part, missing) => {
  expect(whatIsMissing({ ...whole, ...part })).toBe(missing);
});
