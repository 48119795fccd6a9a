import { expect, it } from "vitest";
import type { Effective } from "../live-state/index.ts";
import type { Rollout, TrafficSpec } from "../protocol/index.ts";
import { stanceOf } from "./traffic-stance.ts";

const lever = (
  name: string,
  spec: Partial<TrafficSpec>,
  rollout?: Partial<Rollout<TrafficSpec>>,
): Effective => ({
  kind: "traffic",
  name,
  revision: 1,
  stream: "own",
  lever: {
    kind: "traffic",
    resource: {
      schema: 1,
      spec: { balancer: "ROUND_ROBIN", ...spec },
      ...(rollout === undefined ? {} : { rollout: rollout as Rollout<TrafficSpec> }),
      meta: {},
    } as Extract<Effective["lever"], { kind: "traffic" }>["resource"],
  },
});

it("is the usual one where no lever names the instance", () => {
  const levers = [lever("default", { drain: ["other"], weights: { other: 5 } })];
  expect(stanceOf("order-1", levers)).toEqual({ weight: 100, drained: false, isolated: false });
});

it("takes the least weight, and any lever's word that calls are to stay away", () => {
  const levers = [
    lever("default", { weights: { "order-1": 200 }, drain: ["order-1"] }),
    lever("night", { weights: { "order-1": 30 }, isolate: ["order-1"] }),
  ];
  expect(stanceOf("order-1", levers)).toEqual({ weight: 30, drained: true, isolated: true });
});

it("is the candidate's for a member of a rollout", () => {
  const candidate: TrafficSpec = { balancer: "ROUND_ROBIN", drain: ["order-1"] };
  const rollout = { id: "r", salt: "s", stickiness: "instance", candidate } as const;
  expect(stanceOf("order-1", [lever("default", {}, { ...rollout, shareBp: 10_000 })]).drained).toBe(true);
  expect(stanceOf("order-1", [lever("default", {}, { ...rollout, shareBp: 0 })]).drained).toBe(false);
});
