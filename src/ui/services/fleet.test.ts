import { describe, expect, it } from "vitest";
import type { InstanceRow } from "../api/contract.ts";
import { orderInstances, searchServices, summarize } from "./fleet.ts";

const instance = (name: string, part: Partial<InstanceRow> = {}): InstanceRow => ({
  instance: name,
  version: "1.4.2",
  zone: "zone-a",
  state: "live",
  lease: "a1",
  ownRevision: 9,
  sharedRevision: 12,
  held: [],
  unsupported: [],
  reads: [],
  startedAt: "",
  ...part,
});

describe("a service", () => {
  it("counts who can prove and who can not, and leaves foreign clients out of what is applied", () => {
    const summary = summarize({
      service: "order",
      instances: [
        instance("order-1"),
        instance("order-2", { state: "unproved", ownRevision: 7, zone: "" }),
        instance("10.0.0.1:80", { state: "foreign", ownRevision: 0, version: "", zone: "" }),
      ],
    });
    expect(summary).toMatchObject({
      byState: { live: 1, suspect: 0, unproved: 1, foreign: 1 },
      versions: ["1.4.2"],
      zones: ["zone-a"],
      revisions: [7, 9],
    });
  });

  it("shows who needs a look first, the rest by number", () => {
    const hold = { reason: "epoch-changed", detail: "" } as const;
    const rows = [
      instance("o-10"),
      instance("o-9"),
      instance("o-11", { hold }),
      instance("o-2", { state: "suspect" }),
    ];
    expect(orderInstances(rows).map((one) => one.instance)).toEqual(["o-2", "o-11", "o-9", "o-10"]);
  });

  it("is found by any word of any of its instances", () => {
    const rows = [
      { service: "order", instances: [instance("order-1", { zone: "zone-b" })] },
      { service: "bank", instances: [] },
    ];
    expect(searchServices(rows, "zone-b order").map(({ service }) => service)).toEqual(["order"]);
  });
});
