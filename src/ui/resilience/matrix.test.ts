import { type BreakerReport, DEFAULT_BREAKER } from "@leverframe/agent/protocol";
import { describe, expect, it } from "vitest";
import type { InstanceRow, LeverRow, ServiceRow } from "../api/contract.ts";
import { countUnsupported, standingsOf, unsupportedBy } from "./effective.ts";
import { breakerRows, inOrder, rowKey, tallies } from "./matrix.ts";

const report = (state: BreakerReport["state"], mode: BreakerReport["mode"] = "NORMAL"): BreakerReport => ({
  name: "bank",
  state,
  mode,
  since: "2026-11-23T03:00:00.000Z",
  refused: 0,
});

const instance = (name: string, more: Partial<InstanceRow> = {}): InstanceRow => ({
  instance: name,
  version: "1",
  zone: "zone-a",
  state: "live",
  lease: "1",
  ownRevision: 10,
  sharedRevision: 10,
  held: [],
  unsupported: [],
  reads: [{ kind: "breaker", name: "bank", decisions: 1 }],
  startedAt: "",
  ...more,
});

const lever = (
  service: string,
  more: Partial<LeverRow> & { spec?: object; rollout?: object } = {},
): LeverRow => {
  const { spec, rollout, ...row } = more;
  return {
    service,
    kind: "breaker",
    name: "bank",
    revision: 7,
    version: 1,
    resource: { schema: 1, spec: { ...DEFAULT_BREAKER, ...spec }, ...(rollout ? { rollout } : {}), meta: {} },
    changeSetId: "",
    updatedAt: "",
    reason: "",
    unattributed: false,
    ...row,
  } as unknown as LeverRow;
};

const BANK = { service: "payment", kind: "breaker", name: "bank" } as const;
const fleet = (...instances: InstanceRow[]): ServiceRow[] => [{ service: "payment", instances }];

describe("the value in force at an instance", () => {
  it("is the service's own lever where there is one, else that of every service, else the code's", () => {
    const [own, shared] = [lever("payment", { spec: { failureRateThreshold: 10 } }), lever("*")];
    const at = (levers: LeverRow[]) => standingsOf(fleet(instance("payment-1")), levers, BANK)[0];
    expect(at([own, shared])).toMatchObject({ from: "own", spec: { failureRateThreshold: 10 } });
    expect(at([shared])).toMatchObject({ from: "shared", spec: { failureRateThreshold: 50 } });
    expect(at([])).toMatchObject({ from: "code", spec: undefined, proof: "applied" });
  });

  it("is the candidate for members of a rollout by instance", () => {
    const rollout = {
      id: "01J00000000000000000000000",
      salt: "s",
      shareBp: 10_000,
      stickiness: "instance",
      candidate: { ...DEFAULT_BREAKER, failureRateThreshold: 5 },
    };
    const [all] = standingsOf(fleet(instance("payment-1")), [lever("payment", { rollout })], BANK);
    expect(all).toMatchObject({ candidate: true, spec: { failureRateThreshold: 5 } });
    const none = { ...rollout, shareBp: 0 };
    const [stable] = standingsOf(fleet(instance("payment-1")), [lever("payment", { rollout: none })], BANK);
    expect(stable).toMatchObject({ candidate: false, spec: { failureRateThreshold: 50 } });
  });

  it("is not claimed where it is held, not proved, or not acted on", () => {
    const bad = { service: "payment", kind: "breaker", name: "bank" };
    const levers = [lever("payment")];
    const rows = standingsOf(
      fleet(
        instance("held", { held: [{ ...bad, revision: 7, reason: "spec.mode", serving: "last-good" }] }),
        instance("waiting", { ownRevision: 6 }),
        instance("stopped", { ownRevision: 6, hold: { reason: "epoch-changed", detail: "another etcd" } }),
        instance("gone", { state: "unproved" }),
        instance("old", { unsupported: [{ ...bad, reason: "not yet" }] }),
        instance("foreign", { state: "foreign" }),
      ),
      levers,
      BANK,
    );
    expect(rows.map(({ instance: name, proof, spec }) => [name, proof, spec !== undefined])).toEqual([
      ["held", "held", false],
      ["waiting", "waiting", true],
      ["stopped", "held", false],
      ["gone", "unproved", true],
      ["old", "unsupported", false],
      ["foreign", "foreign", false],
    ]);
    expect(unsupportedBy(rows)).toEqual({ by: 1, of: 5 });
  });

  it("of a lever of every service is each service's own where it has one", () => {
    const services = [
      ...fleet(instance("payment-1")),
      { service: "order", instances: [instance("order-1")] },
    ];
    const levers = [lever("*"), lever("payment", { spec: { failureRateThreshold: 10 } })];
    const rows = standingsOf(services, levers, { ...BANK, service: "*" });
    expect(rows.map(({ service, from }) => [service, from])).toEqual([
      ["payment", "own"],
      ["order", "shared"],
    ]);
  });
});

it("levers that agents do not act on are counted alike for one and for many", () => {
  const shared = { service: "*", kind: "breaker", name: "bank", reason: "not yet" };
  const services: ServiceRow[] = [
    { service: "payment", instances: [instance("p-1", { unsupported: [shared] }), instance("p-2")] },
    {
      service: "order",
      instances: [
        instance("o-1", { unsupported: [shared, { ...shared, service: "order" }] }),
        instance("o-2", { state: "unproved", unsupported: [shared] }),
        instance("o-3", { state: "foreign" }),
      ],
    },
  ];
  for (const levers of [[lever("*")], [lever("*"), lever("order")], [lever("payment")]]) {
    const count = countUnsupported(services, levers);
    for (const row of levers) {
      const ref = { ...BANK, service: row.service };
      const standings = standingsOf(services, levers, ref).filter(
        ({ from }) => row.service !== "*" || from === "shared",
      );
      expect(count(row)).toEqual(unsupportedBy(standings));
    }
  }
});

describe("the matrix", () => {
  it("makes again only what changed", () => {
    const [one, two] = [fleet(instance("payment-1")), [{ service: "order", instances: [instance("o-1")] }]];
    const levers = [lever("payment"), lever("order")];
    const before = breakerRows([...one, ...two], levers);
    const after = breakerRows([...one, ...two], [lever("order"), ...levers.slice(0, 1)]);
    expect(after.map((row) => before.includes(row))).toEqual([false, true]);
    expect(after.map(({ service }) => service)).toEqual(["order", "payment"]);
  });

  const rowOf = (...instances: InstanceRow[]) => breakerRows(fleet(...instances), [])[0];
  const lookOf = (one: InstanceRow) => rowOf(one)?.cells[0];

  it("draws what receipts say, and hatches what nobody can know", () => {
    expect(lookOf(instance("a", { breakers: [report("HALF_OPEN")] }))?.look).toBe("half");
    expect(lookOf(instance("a", { breakers: [report("OPEN", "FORCED_OPEN")] }))).toMatchObject({
      look: "open",
      mode: "FORCED_OPEN",
    });
    expect(lookOf(instance("a"))?.look).toBe("unknown");
    expect(lookOf(instance("a", { state: "unproved", breakers: [report("CLOSED")] }))?.look).toBe("unknown");
    const other = instance("b", { reads: [], breakers: [] });
    expect(rowOf(instance("a", { breakers: [report("CLOSED")] }), other)?.cells[1]?.look).toBe("absent");
  });

  it("has breakers that code declares and no lever moves, and levers that nobody reads", () => {
    const rows = breakerRows(fleet(instance("payment-1")), [lever("nowhere"), lever("*", { name: "other" })]);
    expect(rows.map((row) => [rowKey(row), row.cells.length, row.own !== undefined])).toEqual([
      ["payment/breaker/bank", 1, false],
      ["*/breaker/other", 0, false],
      ["nowhere/breaker/bank", 0, true],
    ]);
  });

  it("puts what opened by itself first, then what is half open, forced, unknown, and calm", () => {
    const of = (service: string, ...breakers: BreakerReport[]): ServiceRow => ({
      service,
      instances: [instance(`${service}-1`, breakers.length > 0 ? { breakers } : {})],
    });
    const rows = breakerRows(
      [
        of("calm", report("CLOSED")),
        of("shadow", report("CLOSED", "METRICS_ONLY")),
        of("silent"),
        of("forced", report("OPEN", "FORCED_OPEN")),
        of("half", report("HALF_OPEN")),
        of("open", report("OPEN")),
      ],
      [],
    );
    expect(rows.map(({ service }) => service)).toEqual([
      "open",
      "half",
      "forced",
      "silent",
      "shadow",
      "calm",
    ]);
    const before = ["calm", "open"].map((service) => `${service}/breaker/bank`);
    expect(
      inOrder(rows, before)
        .map(({ service }) => service)
        .slice(0, 2),
    ).toEqual(["calm", "open"]);
  });

  it("counts cells that look alike, worst first", () => {
    const row = rowOf(
      instance("a", { breakers: [report("CLOSED")] }),
      instance("b", { breakers: [report("OPEN")] }),
      instance("c", { breakers: [report("CLOSED")] }),
    );
    expect(tallies(row?.cells ?? []).map(({ cell, count }) => [cell.look, count])).toEqual([
      ["open", 1],
      ["closed", 2],
    ]);
  });
});
