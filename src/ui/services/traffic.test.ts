import type { TrafficSpec } from "@leverframe/agent/protocol";
import { describe, expect, it } from "vitest";
import type { LeverRow } from "../api/contract.ts";
import { leverToEdit, stanceBy, trafficLevers, withStance } from "./traffic.ts";

const lever = (service: string, name: string, spec: Partial<TrafficSpec>, kind = "traffic"): LeverRow =>
  ({
    service,
    kind,
    name,
    revision: 7,
    resource: { spec: { balancer: "ROUND_ROBIN", ...spec } },
  }) as unknown as LeverRow;

describe("what an instance's levers make of it", () => {
  it("is the usual where none names it", () => {
    expect(stanceBy([], "order-1")).toEqual({ calls: "taken", weight: 100 });
  });

  it("adds up: isolation before drain, and the least weight", () => {
    const levers = [
      lever("order", "default", { drain: ["order-1"], weights: { "order-1": 50 } }),
      lever("order", "night", { isolate: ["order-1"], weights: { "order-1": 80 } }),
    ];
    expect(stanceBy(levers, "order-1")).toEqual({ calls: "isolated", weight: 50 });
  });

  it("is the service's own lever rather than the one of every service with its name", () => {
    const all = [
      lever("*", "default", { drain: ["order-1"] }),
      lever("order", "default", {}),
      lever("*", "other", {}),
      lever("order", "checkout", {}, "switch"),
    ];
    const obeyed = trafficLevers(all, "order");
    expect(obeyed.map(({ service, name }) => `${service}/${name}`)).toEqual(["order/default", "*/other"]);
    expect(stanceBy(obeyed, "order-1").calls).toBe("taken");
  });
});

describe("a pull of one instance", () => {
  const spec: TrafficSpec = {
    balancer: "WEIGHTED",
    drain: ["order-3"],
    weights: { "order-1": 10, "order-3": 5 },
  };

  it("leaves the others as they are", () => {
    expect(withStance(spec, "order-1", { calls: "drained", weight: 10 })).toEqual({
      ...spec,
      drain: ["order-1", "order-3"],
    });
    expect(withStance(spec, "order-1", { calls: "isolated", weight: 100 })).toEqual({
      balancer: "WEIGHTED",
      weights: { "order-3": 5 },
      drain: ["order-3"],
      isolate: ["order-1"],
    });
  });

  it("leaves nothing of itself behind when it is taken back", () => {
    const drained = withStance({ balancer: "ROUND_ROBIN" }, "a", { calls: "drained", weight: 30 });
    expect(withStance(drained, "a", { calls: "taken", weight: 100 })).toEqual({ balancer: "ROUND_ROBIN" });
  });

  it("edits the service's own lever, and begins a new one as the shared one that it overrides", () => {
    expect(leverToEdit([lever("order", "only", { drain: ["x"] })], "order")).toMatchObject({
      name: "only",
      revision: 7,
      spec: { drain: ["x"] },
    });
    expect(leverToEdit([lever("*", "default", { drain: ["x"] })], "order")).toMatchObject({
      name: "default",
      revision: 0,
      spec: { drain: ["x"] },
    });
  });
});
