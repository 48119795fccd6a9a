import {
  DEFAULT_BREAKER,
  formatRef,
  parseRef,
  type Resource,
  type ResourceRef,
} from "@leverframe/agent/protocol";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DEFAULT_SETTINGS, type EnvironmentSettings } from "./environment-settings.ts";
import { type Finding, judge } from "./interlock.ts";
import type { InterlockView, PlacedEntry } from "./interlock-view.ts";
import type { Touched } from "./interlock-world.ts";

const ID = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
const NOW = new Date("2026-11-23T03:00:00Z");
const resource = (spec: object, extra: { rollout?: object; meta?: object } = {}): Resource =>
  ({
    schema: 1,
    spec,
    ...(extra.rollout === undefined
      ? {}
      : { rollout: { id: ID, salt: "s", stickiness: "instance", ...extra.rollout } }),
    meta: { version: 1, changeSetId: ID, updatedAt: NOW.toISOString(), ...extra.meta },
  }) as unknown as Resource;
const lever = (level: string, position: string, extra?: { rollout?: object; meta?: object }): Resource =>
  resource({ position, level, strategy: "simplified" }, extra);
const breaker = (mode: string, extra?: { rollout?: object }): Resource =>
  resource({ ...DEFAULT_BREAKER, mode }, extra);
const timeout = (timeoutMs: number): Resource => resource({ timeoutMs });
const traffic = (spec: object): Resource => resource({ balancer: "ROUND_ROBIN", ...spec });

interface Place {
  readonly levers?: Readonly<Record<string, Resource>>;
  readonly instances?: Readonly<Record<string, readonly string[]>>;
  readonly declares?: readonly string[];
  readonly settings?: Partial<EnvironmentSettings>;
}

function viewOf({ levers = {}, instances = {}, declares, settings }: Place): InterlockView {
  const placed = Object.entries(levers).map(
    ([text, body]): PlacedEntry => ({
      ref: parseRef(text),
      entry: { key: text, value: JSON.stringify(body), createRevision: 1, modRevision: 1, lease: "0" },
    }),
  );
  return {
    settings: { ...DEFAULT_SETTINGS, ...settings },
    current: (ref) => placed.find((one) => formatRef(one.ref) === formatRef(ref))?.entry,
    levers: (kind, scope) =>
      placed.filter(({ ref }) => ref.kind === kind && (scope === undefined || ref.service === scope)),
    linked: () => placed,
    services: () => Object.keys(instances),
    instances: (service) => instances[service] ?? [],
    declares: (service, kind, name) => declares?.includes(`${service}/${kind}/${name}`),
    headRevision: () => 1,
  };
}

/** What the interlock says of edits (undefined = deleted) to a place. */
function judged(
  place: Place,
  edits: Readonly<Record<string, Resource | undefined>>,
  now = NOW,
): readonly Finding[] {
  const touched = Object.entries(edits).map(
    ([text, after]): Touched => ({ ref: parseRef(text), before: place.levers?.[text], after }),
  );
  return judge(touched, viewOf(place), now).findings;
}
const rules = (findings: readonly Finding[]): string[] =>
  findings.map(({ rule, ref }) => `${rule} ${formatRef(ref)}`);

describe("levels", () => {
  const levers = {
    "order/switch/checkout": lever("core", "NORMAL"),
    "order/switch/hints": lever("non-core", "NORMAL"),
  };
  const pull = { "order/switch/checkout": lever("core", "DEGRADED") };

  test("a core switch waits for the lesser ones, and the sentence names what to do first", () => {
    expect(judged({ levers }, pull)).toEqual([
      {
        rule: "levels",
        ref: parseRef("order/switch/checkout"),
        sentence:
          "order/switch/checkout is core, and order/switch/hints (non-core), which counts, stands NORMAL: what matters " +
          "most would be given up before what matters less. Degrade order/switch/hints first, or in the same change set.",
      },
    ]);
  });

  test("the lesser ones in the same change set count, and so do those that are degraded already", () => {
    const both = { ...pull, "order/switch/hints": lever("non-core", "DEGRADED") };
    expect(judged({ levers }, both)).toEqual([]);
    const degraded = { ...levers, "order/switch/hints": lever("non-core", "DEGRADED") };
    expect(judged({ levers: degraded }, pull)).toEqual([]);
  });

  test("the lesser ones and those of other services are free, and so is going back", () => {
    expect(judged({ levers }, { "order/switch/hints": lever("non-core", "DEGRADED") })).toEqual([]);
    expect(judged({ levers: { "payment/switch/hints": lever("non-core", "NORMAL") } }, pull)).toEqual([]);
    const down = {
      "order/switch/checkout": lever("core", "DEGRADED"),
      "order/switch/hints": lever("non-core", "DEGRADED"),
    };
    expect(judged({ levers: down }, { "order/switch/hints": lever("non-core", "NORMAL") })).toEqual([]);
  });

  test("one of every service counts, unless the service has its own or none of its code reads it", () => {
    const shared = {
      "order/switch/checkout": lever("core", "NORMAL"),
      "*/switch/hints": lever("non-core", "NORMAL"),
    };
    expect(judged({ levers: shared }, pull)[0]?.sentence).toContain(
      "*/switch/hints (non-core), which counts there too",
    );
    expect(judged({ levers: shared, declares: ["order/switch/hints"] }, pull)).toHaveLength(1);
    expect(judged({ levers: shared, declares: ["order/switch/checkout"] }, pull)).toEqual([]);
    const own = { ...shared, "order/switch/hints": lever("non-core", "DEGRADED") };
    expect(judged({ levers: own }, pull)).toEqual([]);
  });

  test("a rollout counts by its share", () => {
    const rollout = (shareBp: number): object => ({
      rollout: { shareBp, candidate: { position: "DEGRADED", level: "core", strategy: "simplified" } },
    });
    const pulled = { "order/switch/checkout": lever("core", "NORMAL", rollout(1_000)) };
    expect(rules(judged({ levers }, pulled))).toEqual(["levels order/switch/checkout"]);
    const partly = { ...levers, "order/switch/hints": lever("non-core", "NORMAL", rollout(1_000)) };
    expect(judged({ levers: partly }, pulled)).toEqual([]);
    expect(judged({ levers: partly }, pull)[0]?.sentence).toContain("is degraded for 10 % only");
  });
});

describe("the last instance", () => {
  const place = { instances: { order: ["order-1", "order-2"] } };

  test.each([
    [{ drain: ["order-1", "order-2"] }, 1],
    [{ drain: ["order-1"], weights: { "order-2": 0 } }, 1],
    [{ drain: ["order-1"], weights: { "order-2": 1 } }, 0],
    [{ drain: ["order-9"] }, 0],
  ])("is not drained: %j", (spec, count) => {
    expect(judged(place, { "order/traffic/default": traffic(spec) })).toHaveLength(count);
    expect(judged({}, { "order/traffic/default": traffic(spec) })).toEqual([]);
  });

  test("what other levers took counts, and what was empty before is no news", () => {
    const levers = { "order/traffic/a": traffic({ drain: ["order-1"] }) };
    expect(
      judged({ ...place, levers }, { "order/traffic/b": traffic({ drain: ["order-2"] }) })[0]?.sentence,
    ).toBe(
      "order/traffic/b would take all traffic from all 2 healthy instances of order: nobody would answer its calls. " +
        "Leave at least one of them undrained and with a weight above 0, or start another instance first.",
    );
    const empty = { "order/traffic/a": traffic({ drain: ["order-1", "order-2"] }) };
    const same = { "order/traffic/a": traffic({ drain: ["order-1", "order-2", "order-3"] }) };
    expect(judged({ ...place, levers: empty }, same)).toEqual([]);
  });

  test("a breaker is not forced open on all at once; a rollout that leaves one out passes", () => {
    expect(judged(place, { "order/breaker/bank": breaker("FORCED_OPEN") })[0]?.sentence).toBe(
      "order/breaker/bank would be forced open on all 2 healthy instances of order: every call behind it would fail at " +
        "once. Roll it out to a share of the instances first, so that at least one still calls.",
    );
    const rollout = (shareBp: number): { rollout: object } => ({
      rollout: { shareBp, candidate: { ...DEFAULT_BREAKER, mode: "FORCED_OPEN" } },
    });
    expect(judged(place, { "order/breaker/bank": breaker("NORMAL", rollout(10_000)) })).toHaveLength(1);
    expect(judged(place, { "order/breaker/bank": breaker("NORMAL", rollout(0)) })).toEqual([]);
    expect(judged({}, { "order/breaker/bank": breaker("FORCED_OPEN") })).toEqual([]);
  });

  test("a lever of every service is judged for each that obeys it", () => {
    const one = { instances: { order: ["order-1"], payment: ["payment-1"] } };
    const edit = { "*/breaker/bank": breaker("FORCED_OPEN") };
    expect(judged(one, edit)).toHaveLength(2);
    expect(
      judged({ ...one, levers: { "order/breaker/bank": breaker("NORMAL") } }, edit)[0]?.sentence,
    ).toContain("payment-1, the last healthy instance, of payment");
    expect(judged({ ...one, declares: ["order/breaker/bank"] }, edit)).toHaveLength(1);
  });
});

describe("timeouts", () => {
  const levers = { "gateway/timeout/order": timeout(1_000), "order/timeout/payment.charge": timeout(800) };

  test.each([
    ["order/timeout/payment.charge", 1_000, 1],
    ["order/timeout/payment.charge", 999, 0],
    ["order/timeout/stock", 1_500, 1],
    ["gateway/timeout/order", 800, 1],
    ["gateway/timeout/order", 801, 0],
    ["gateway/timeout/order.place", 500, 1],
    ["gateway/timeout/stock", 10, 0],
    ["payment/timeout/bank", 799, 0],
    ["payment/timeout/bank", 800, 1],
  ])("%s of %i ms makes %i findings", (ref, ms, count) => {
    expect(judged({ levers }, { [ref]: timeout(ms) })).toHaveLength(count);
  });

  test("say which is above which", () => {
    expect(judged({ levers }, { "order/timeout/payment.charge": timeout(1_200) })[0]?.sentence).toBe(
      "order/timeout/payment.charge (1200 ms) must stay below gateway/timeout/order (1000 ms): the caller would give up " +
        "on order while it still waits, and its work would be for nothing. Lower order/timeout/payment.charge or raise " +
        "gateway/timeout/order first, or in the same change set.",
    );
  });

  test("both moved together are judged by where they end", () => {
    const both = { "gateway/timeout/order": timeout(3_000), "order/timeout/payment.charge": timeout(2_000) };
    expect(judged({ levers }, both)).toEqual([]);
    const swapped = { "gateway/timeout/order": timeout(100), "order/timeout/payment.charge": timeout(2_000) };
    expect(judged({ levers }, swapped)).toHaveLength(1);
  });

  test("one of every service counts for services without their own, and two of every service ask nothing", () => {
    const shared = { "gateway/timeout/order": timeout(1_000), "*/timeout/payment": timeout(500) };
    expect(judged({ levers: shared }, { "*/timeout/payment": timeout(1_000) })).toHaveLength(1);
    const own = { ...shared, "order/timeout/payment": timeout(900) };
    expect(judged({ levers: own }, { "*/timeout/payment": timeout(1_000) })).toEqual([]);
    const caller = { "*/timeout/order": timeout(1_000), "order/timeout/payment": timeout(900) };
    expect(judged({ levers: caller }, { "order/timeout/payment": timeout(1_000) })).toHaveLength(1);
    expect(judged({}, { "*/timeout/order": timeout(5), "*/timeout/payment": timeout(5) })).toEqual([]);
  });

  test("what is too long already may come down, and not go up", () => {
    const broken = { "gateway/timeout/order": timeout(100), "order/timeout/payment": timeout(800) };
    expect(judged({ levers: broken }, { "order/timeout/payment": timeout(400) })).toEqual([]);
    expect(judged({ levers: broken }, { "order/timeout/payment": timeout(900) })).toHaveLength(1);
  });
});

describe("requires and conflicts", () => {
  const CACHE = "order/switch/cache";
  const needy = (position: string): Resource =>
    lever("core", position, { meta: { requires: [parseRef(CACHE), parseRef("order/config/text")] } });
  const text = resource({ format: "text", value: "closed" });
  const ready = { [CACHE]: lever("core", "DEGRADED"), "order/config/text": text };

  test("a switch is degraded only while what it requires is there, and degraded", () => {
    expect(judged({ levers: ready }, { "order/switch/a": needy("DEGRADED") })).toEqual([]);
    expect(judged({}, { "order/switch/a": needy("NORMAL") })).toEqual([]);
    expect(judged({}, { "order/switch/a": needy("DEGRADED") }).map(({ sentence }) => sentence)).toEqual([
      "order/switch/a requires order/config/text, which is not there: it would act on what is not prepared for it. Make order/config/text first.",
      "order/switch/a requires order/switch/cache, which is not DEGRADED: it would act on what is not prepared for it. " +
        "Degrade order/switch/cache first, or return order/switch/a to NORMAL before it.",
    ]);
  });

  test("what is required is neither taken back nor deleted", () => {
    const levers = { ...ready, "order/switch/a": needy("DEGRADED") };
    expect(rules(judged({ levers }, { [CACHE]: lever("core", "NORMAL") }))).toEqual([
      "requires order/switch/a",
    ]);
    const resting = { ...ready, "order/switch/a": needy("NORMAL") };
    expect(judged({ levers: resting }, { [CACHE]: lever("core", "NORMAL") })).toEqual([]);
    expect(judged({ levers: resting }, { [CACHE]: undefined })[0]?.sentence).toContain(
      "which would be deleted",
    );
    expect(judged({ levers: resting }, { [CACHE]: undefined, "order/switch/a": undefined })).toEqual([]);
  });

  test("two in conflict never act together, whichever says so", () => {
    const against = lever("core", "DEGRADED", { meta: { conflicts: [parseRef(CACHE)] } });
    const sentence =
      "order/switch/b and order/switch/cache are declared to conflict and would both act. Return one of them to NORMAL first.";
    expect(judged({ levers: ready }, { "order/switch/b": against })[0]?.sentence).toBe(sentence);
    const other = { levers: { "order/switch/b": against } };
    expect(judged(other, { [CACHE]: lever("core", "DEGRADED") })[0]?.sentence).toBe(sentence);
    expect(judged(other, { [CACHE]: lever("core", "NORMAL") })).toEqual([]);
  });
});

describe("a freeze", () => {
  const freezes = [
    {
      id: ID,
      from: "2026-11-23T02:00:00Z",
      to: "2026-11-23T04:00:00Z",
      reason: "the sale",
      services: ["order"],
    },
  ];
  const edit = { "order/switch/a": lever("non-core", "NORMAL") };
  test("keeps what it covers as it is, for its time", () => {
    expect(judged({ settings: { freezes } }, edit)[0]?.sentence).toBe(
      "Changes to order are frozen until 2026-11-23T04:00:00Z (the sale): wait until then.",
    );
    expect(judged({ settings: { freezes } }, edit, new Date("2026-11-23T04:00:00Z"))).toEqual([]);
    expect(judged({ settings: { freezes } }, edit, new Date("2026-11-23T01:59:59Z"))).toEqual([]);
    expect(judged({ settings: { freezes } }, { "payment/switch/a": lever("core", "NORMAL") })).toEqual([]);
    expect(judged({ settings: { freezes } }, { "*/switch/a": lever("core", "NORMAL") })).toHaveLength(1);
  });
});

describe("for any environment and any edits", () => {
  const refs: readonly ResourceRef[] = ["order", "payment", "*"].flatMap((service) => [
    ...["a", "b", "c"].map((name) => ({ service, kind: "switch" as const, name })),
    ...["order", "payment", "stock"].map((name) => ({ service, kind: "timeout" as const, name })),
    { service, kind: "breaker" as const, name: "bank" },
    { service, kind: "traffic" as const, name: "default" },
  ]);
  const anyRef = fc.constantFrom(...refs);
  const links = fc.record({
    requires: fc.array(anyRef, { maxLength: 2 }),
    conflicts: fc.array(anyRef, { maxLength: 2 }),
  });
  const bodyOf = ({ kind }: ResourceRef): fc.Arbitrary<Resource> => {
    if (kind === "timeout") return fc.integer({ min: 1, max: 9 }).map(timeout);
    if (kind === "breaker") return fc.constantFrom("NORMAL", "FORCED_OPEN").map((mode) => breaker(mode));
    if (kind === "traffic")
      return fc.subarray(["order-1", "order-2", "payment-1"]).map((drain) => traffic({ drain }));
    return fc
      .tuple(fc.constantFrom("core", "secondary", "non-core"), fc.constantFrom("NORMAL", "DEGRADED"), links)
      .map(([level, position, meta]) => lever(level, position, { meta }));
  };
  const bodies = fc
    .tuple(...refs.map((ref) => fc.option(bodyOf(ref), { nil: undefined, freq: 1 })))
    .map((all) => new Map(refs.map((ref, index) => [formatRef(ref), all[index]])));
  const question = fc.record({
    standing: bodies,
    wanted: bodies,
    edited: fc.shuffledSubarray(refs.map(formatRef), { minLength: 1 }),
  });
  const ask = (
    standing: Map<string, Resource | undefined>,
    wanted: Map<string, Resource | undefined>,
    edited: readonly string[],
  ) =>
    judged(
      {
        levers: Object.fromEntries(
          [...standing].filter((one): one is [string, Resource] => one[1] !== undefined),
        ),
        instances: { order: ["order-1", "order-2"], payment: ["payment-1"] },
      },
      Object.fromEntries(edited.map((name) => [name, wanted.get(name)])),
    );

  test("the order of the edits does not matter, and nothing is said twice", () => {
    fc.assert(
      fc.property(question, ({ standing, wanted, edited }) => {
        const findings = ask(standing, wanted, edited);
        expect(ask(standing, wanted, edited.toReversed())).toEqual(findings);
        const said = findings.map(({ rule, sentence }) => `${rule} ${sentence}`);
        expect(new Set(said).size).toBe(said.length);
      }),
    );
  });

  test("a change set that was let through by an override is not refused again", () => {
    fc.assert(
      fc.property(question, ({ standing, wanted, edited }) => {
        const after = new Map(standing);
        for (const name of edited) after.set(name, wanted.get(name));
        expect(ask(after, wanted, edited)).toEqual([]);
      }),
    );
  });
});
