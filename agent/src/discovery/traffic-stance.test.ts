import { describe, expect, it } from "vitest";
import type { Effective } from "../live-state/index.ts";
import type { Rollout, TrafficSpec } from "../protocol/index.ts";
import { toldBy } from "./balancing.ts";
import { ownBalancing, sameStance, stanceOf } from "./traffic-stance.ts";

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

describe("how callers are asked to balance", () => {
  const told = (levers: Effective[], ...called: string[]) =>
    stanceOf("order-1", levers, (service) => called.includes(service)).balancing;

  it("is told where a lever says anything but the usual", () => {
    expect(told([lever("default", { drain: ["order-1"] })])).toBeUndefined();
    expect(told([lever("default", { balancer: "P2C", weights: { "order-1": 5 } })])).toEqual({
      balancer: "P2C",
      revision: 1,
    });
  });

  it("by `default`, else by the first name, and never by a lever named after a service that is called", () => {
    const levers = [
      lever("payment", { balancer: "CPU_AWARE" }),
      lever("b", { balancer: "P2C" }),
      lever("zonal", { locality: "ZONE_FIRST" }),
    ];
    expect(told(levers, "payment")?.balancer).toBe("P2C");
    expect(told([...levers, lever("default", { slowStartMs: 5 })], "payment")?.slowStartMs).toBe(5);
    expect(told(levers.slice(0, 1), "payment")).toBeUndefined();
    expect(ownBalancing("order-1", levers).get("payment")?.balancer).toBe("CPU_AWARE");
  });

  it("is nothing new where only the revision is", () => {
    const stance = stanceOf("order-1", [lever("default", { balancer: "P2C" })]);
    const later = { ...stance, balancing: { balancer: "P2C", revision: 9 } as const };
    expect(sameStance(stance, later)).toBe(true);
    expect(sameStance(stance, { ...later, balancing: { ...later.balancing, slowStartMs: 1 } })).toBe(false);
    expect(sameStance(stance, { ...stance, balancing: undefined })).toBe(false);
  });

  it("is what the newest of those that are registered say", () => {
    const record = (balancer: "P2C" | "WEIGHTED" | undefined, revision = 0) =>
      balancer === undefined ? {} : { balancing: { balancer, revision } };
    expect(toldBy([record("P2C", 5), record("WEIGHTED", 6), record(undefined)])?.balancer).toBe("WEIGHTED");
    expect(toldBy([record(undefined)])).toBeUndefined();
  });
});
