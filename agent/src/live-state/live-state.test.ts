import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  badSwitchBody,
  configBody,
  headBody,
  samplingBody,
  switchBody,
} from "../../../test/support/bodies.ts";
import { headKey, liveKey } from "../protocol/index.ts";
import type { RawBatch, RawChange, RawEntry, StreamName } from "./batch.ts";
import { LiveState } from "./live-state.ts";

const ENV = "dev";
const SERVICE = "order";
const EPOCH = "epoch0000001a";
const OTHER_EPOCH = "epoch0000002b";

const newState = () => new LiveState({ env: ENV, service: SERVICE, agentVersion: "0.1.0" });
const scopeOf = (stream: StreamName) => (stream === "own" ? SERVICE : "*");

/** A store of one stream that gives what a mirror would. */
class Store {
  revision: number;
  readonly entries = new Map<string, RawEntry>();
  readonly stream: StreamName;

  constructor(stream: StreamName = "own", revision = 10) {
    this.stream = stream;
    this.revision = revision;
  }

  keyOf(path: string): string {
    const scope = scopeOf(this.stream);
    if (path === "~head") return headKey(ENV, scope);
    const [kind = "", name = ""] = path.split("/");
    return liveKey(ENV, { service: scope, kind, name });
  }

  /** Commits one revision; undefined deletes. */
  commit(edits: Readonly<Record<string, string | undefined>>): RawBatch {
    this.revision++;
    const changes: RawChange[] = [];
    for (const [path, value] of Object.entries(edits)) {
      const key = this.keyOf(path);
      const old = this.entries.get(key);
      if (value === undefined) {
        if (old === undefined) continue;
        this.entries.delete(key);
        changes.push({ type: "delete", key, revision: this.revision });
        continue;
      }
      const entry: RawEntry = {
        key,
        value: Buffer.from(value),
        createRevision: old?.createRevision ?? this.revision,
        modRevision: this.revision,
      };
      this.entries.set(key, entry);
      changes.push({ type: "put", entry });
    }
    return { kind: "revision", revision: this.revision, changes };
  }

  list(): RawBatch {
    return { kind: "list", revision: this.revision, entries: new Map(this.entries) };
  }
}

const positionOf = (state: LiveState, name: string): string | undefined => {
  const found = state.effective.get(`switch/${name}`)?.lever;
  return found?.kind === "switch" ? found.resource.spec.position : undefined;
};
const heldNames = (state: LiveState) => state.held.map((held) => `${held.kind}/${held.name}`).sort();

describe("a revision with an invalid key", () => {
  test("is held whole, the last good bodies stay, later revisions apply", () => {
    const store = new Store();
    const state = newState();
    store.commit({ "switch/a": switchBody("NORMAL"), "switch/b": switchBody("NORMAL") });
    state.apply("own", store.list(), "c1");

    const bad = store.commit({ "switch/a": badSwitchBody(), "switch/b": switchBody("DEGRADED") });
    const outcome = state.apply("own", bad, "c1");

    expect(outcome.changes).toEqual([]);
    expect(outcome.told).toBe(true);
    expect([positionOf(state, "a"), positionOf(state, "b")]).toEqual(["NORMAL", "NORMAL"]);
    expect(heldNames(state)).toEqual(["switch/a", "switch/b"]);
    expect(state.held.find((held) => held.name === "a")).toMatchObject({
      service: "order",
      revision: store.revision,
      serving: "last-good",
      reason: "spec.position: must be NORMAL or DEGRADED",
    });
    expect(state.held.find((held) => held.name === "b")?.reason).toContain("held with switch/a");
    expect(state.ownRevision).toBe(store.revision);

    state.apply("own", store.commit({ "switch/c": switchBody("DEGRADED") }), "c1");
    expect(positionOf(state, "c")).toBe("DEGRADED");
    expect(heldNames(state)).toEqual(["switch/a", "switch/b"]);
  });

  test("lets go of the others once its invalid key is put right or deleted", () => {
    const store = new Store();
    const state = newState();
    store.commit({ "switch/a": switchBody("NORMAL"), "switch/b": switchBody("NORMAL") });
    state.apply("own", store.list(), "c1");
    state.apply(
      "own",
      store.commit({ "switch/a": badSwitchBody(), "switch/b": switchBody("DEGRADED") }),
      "c1",
    );
    state.apply("own", store.commit({ "switch/a": undefined }), "c1");
    expect(state.held).toEqual([]);
    expect(positionOf(state, "a")).toBeUndefined();
    expect(positionOf(state, "b")).toBe("DEGRADED");
  });

  test("a key deleted and put anew with an invalid body serves the default, whether watched or listed", () => {
    const store = new Store();
    const watched = newState();
    const listed = newState();
    store.commit({ "switch/a": switchBody("DEGRADED") });
    watched.apply("own", store.list(), "c1");
    listed.apply("own", store.list(), "c1");
    watched.apply("own", store.commit({ "switch/a": undefined }), "c1");
    watched.apply("own", store.commit({ "switch/a": badSwitchBody() }), "c1");
    listed.apply("own", store.list(), "c1");
    for (const state of [watched, listed]) {
      expect(state.held).toMatchObject([{ name: "a", serving: "default" }]);
      expect(positionOf(state, "a")).toBeUndefined();
    }
  });

  test("an agent that starts then serves its snapshot's body and says so", () => {
    const store = new Store();
    const old = newState();
    store.commit({ "switch/a": switchBody("DEGRADED") });
    old.apply("own", store.list(), "c1");
    old.apply("own", store.commit({ "switch/a": badSwitchBody() }), "c1");
    const restarted = newState();
    restarted.restore(JSON.parse(JSON.stringify(old.image())));
    restarted.apply("own", store.list(), "c1");
    expect(positionOf(restarted, "a")).toBe("DEGRADED");
    expect(restarted.held).toMatchObject([{ name: "a", serving: "snapshot" }]);
  });
});

describe("bodies that this release does not act on", () => {
  test("an unknown kind is reported, an unknown field is passed over", () => {
    const store = new Store();
    const state = newState();
    store.commit({
      "teleport/x": '{"schema":9}',
      "hologram/pay": "{}",
      "switch/a": switchBody("DEGRADED", { extra: { hologram: true, meta: { mood: "blue" } } }),
    });
    state.apply("own", store.list(), "c1");
    expect(state.held).toEqual([]);
    expect(positionOf(state, "a")).toBe("DEGRADED");
    expect(state.unsupported).toEqual([
      {
        service: "order",
        kind: "hologram",
        name: "pay",
        reason: "this agent does not know the kind hologram",
      },
      { service: "order", kind: "teleport", name: "x", reason: "this agent does not know the kind teleport" },
    ]);
  });

  test("a sampling lever that is invalid is held", () => {
    const store = new Store();
    const state = newState();
    store.commit({ "sampling/pay": samplingBody(-1) });
    state.apply("own", store.list(), "c1");
    expect(state.held).toMatchObject([
      { kind: "sampling", reason: "spec.rateBp: must be at least 0", serving: "default" },
    ]);
  });

  test("minAgent above ours is held with that reason, even where the body looks wrong to us", () => {
    const store = new Store();
    const state = newState();
    store.commit({
      "switch/a": JSON.stringify({ schema: 7, spec: { p: 1 }, meta: { minAgent: "0.10.0" } }),
    });
    state.apply("own", store.list(), "c1");
    expect(state.held).toMatchObject([
      { name: "a", reason: "meta.minAgent: needs agent 0.10.0, this one is 0.1.0" },
    ]);
  });

  test.each([
    ["no JSON", "{", "is not JSON"],
    ["a newer schema", JSON.stringify({ schema: 2, spec: {}, meta: {} }), "schema must be 1 for switch"],
    ["null", "null", "expected object"],
    ["nothing", "", "is not JSON"],
    ["binary", "\u0000\ufffd", "is not JSON"],
    [
      "a pattern that can't be read",
      switchBody("DEGRADED", { audience: [{ contextName: "u", operator: "REGEX", values: ["("] }] }),
      "spec.audience",
    ],
  ])("%s is held with a reason", (_, value, reason) => {
    const store = new Store();
    const state = newState();
    store.commit({ "switch/a": value });
    state.apply("own", store.list(), "c1");
    expect(state.held[0]?.reason).toContain(reason);
  });
});

describe("two streams", () => {
  test("a service's own lever overrides the one of every service, and gives way to it when deleted", () => {
    const own = new Store("own");
    const shared = new Store("shared", 20);
    const state = newState();
    shared.commit({ "switch/a": switchBody("DEGRADED"), "switch/b": switchBody("DEGRADED") });
    own.commit({ "switch/a": switchBody("NORMAL") });
    state.apply("shared", shared.list(), "c1");
    state.apply("own", own.list(), "c1");
    expect([positionOf(state, "a"), positionOf(state, "b")]).toEqual(["NORMAL", "DEGRADED"]);
    const outcome = state.apply("own", own.commit({ "switch/a": undefined }), "c1");
    expect(outcome.changes.map(({ name }) => name)).toEqual(["a"]);
    expect(positionOf(state, "a")).toBe("DEGRADED");
    expect([state.ownRevision, state.sharedRevision]).toEqual([own.revision, shared.revision]);
  });

  test("the spread is that of the head of the stream that was touched", () => {
    const own = new Store("own");
    const state = newState();
    state.apply("own", own.list(), "c1");
    const batch = own.commit({
      "switch/a": switchBody("NORMAL"),
      "~head": headBody({ keyCount: 1, receiptSpreadMs: 500 }),
    });
    expect(state.apply("own", batch, "c1").spreadMs).toBe(500);
  });
});

describe("what the code itself refuses", () => {
  test("is held for that key alone, the last body that it took stays", () => {
    const store = new Store();
    const state = newState();
    state.refuse = (lever) =>
      lever.kind === "config" && lever.resource.spec.value === "0" ? "must be above 0" : undefined;
    store.commit({ "config/limit": configBody("7") });
    state.apply("own", store.list(), "c1");
    state.apply(
      "own",
      store.commit({ "config/limit": configBody("0"), "switch/a": switchBody("DEGRADED") }),
      "c1",
    );
    expect(state.effective.get("config/limit")?.lever.resource.spec).toMatchObject({ value: "7" });
    expect(positionOf(state, "a")).toBe("DEGRADED");
    expect(state.held).toMatchObject([{ name: "limit", reason: "must be above 0", serving: "last-good" }]);
  });

  test("falls back to the body before when the code declares late", () => {
    const store = new Store();
    const state = newState();
    store.commit({ "config/limit": configBody("7") });
    state.apply("own", store.list(), "c1");
    state.apply("own", store.commit({ "config/limit": configBody("0") }), "c1");
    state.refuse = (lever) =>
      lever.kind === "config" && lever.resource.spec.value === "0" ? "no" : undefined;
    const { changes } = state.reconsider();
    expect(changes).toHaveLength(1);
    expect(state.effective.get("config/limit")?.lever.resource.spec).toMatchObject({ value: "7" });
  });
});

describe("the guard against a wiped or wrong etcd", () => {
  const living = () => {
    const own = new Store("own", 100);
    const shared = new Store("shared", 90);
    const state = newState();
    shared.commit({ "~head": headBody({ epoch: EPOCH, keyCount: 1 }), "switch/b": switchBody("DEGRADED") });
    own.commit({ "~head": headBody({ epoch: EPOCH, keyCount: 1 }), "switch/a": switchBody("DEGRADED") });
    state.apply("shared", shared.list(), "c1");
    state.apply("own", own.list(), "c1");
    expect(state.hold).toBeUndefined();
    return { own, shared, state };
  };
  const restart = (state: LiveState) => {
    const restarted = newState();
    restarted.restore(JSON.parse(JSON.stringify(state.image())));
    return restarted;
  };
  const stillServes = (state: LiveState) => {
    expect([positionOf(state, "a"), positionOf(state, "b")]).toEqual(["DEGRADED", "DEGRADED"]);
    expect([state.ownRevision, state.sharedRevision]).toEqual([101, 91]);
    expect(state.epoch).toBe(EPOCH);
  };

  test.each([
    ["wiped, and empty", undefined, undefined, "c1", 5, "head-missing"],
    ["wiped, and used anew", OTHER_EPOCH, undefined, "c1", 5_000, "epoch-changed"],
    ["another cluster", OTHER_EPOCH, undefined, "c2", 5_000, "epoch-changed"],
    ["restored from a backup", EPOCH, undefined, "c1", 50, "epoch-changed"],
    ["restored into another cluster", EPOCH, undefined, "c2", 5_000, "epoch-changed"],
  ] as const)("%s: holds, also after a restart", (_, epoch, _confirms, cluster, revision, reason) => {
    for (const again of [false, true]) {
      const { state: old } = living();
      const state = again ? restart(old) : old;
      for (const stream of ["own", "shared"] as const) {
        const store = new Store(stream, revision);
        if (epoch !== undefined) {
          store.commit({ "~head": headBody({ epoch, keyCount: 1 }), "switch/z": switchBody("DEGRADED") });
        }
        expect(state.apply(stream, store.list(), cluster).changes).toEqual([]);
      }
      expect(state.hold?.reason).toBe(reason);
      stillServes(state);
    }
  });

  test("a confirmed epoch is obeyed, stream by stream together", () => {
    const { state } = living();
    const own = new Store("own", 5);
    const shared = new Store("shared", 5);
    state.apply("own", own.list(), "c2");
    state.apply("shared", shared.list(), "c2");
    const confirmed = (keyCount: number) => headBody({ epoch: OTHER_EPOCH, confirms: EPOCH, keyCount });
    const first = own.commit({ "~head": confirmed(1), "switch/a": switchBody("NORMAL") });
    expect(state.apply("own", first, "c2").changes).toEqual([]);
    stillServes(state);
    const second = shared.commit({ "~head": confirmed(0) });
    expect(state.apply("shared", second, "c2").changes.map(({ name }) => name)).toEqual(["b", "a"].sort());
    expect(state.hold).toBeUndefined();
    expect([positionOf(state, "a"), positionOf(state, "b")]).toEqual(["NORMAL", undefined]);
    expect(state.epoch).toBe(OTHER_EPOCH);
    expect([state.ownRevision, state.sharedRevision]).toEqual([6, 6]);
  });

  test("the right etcd again is obeyed again", () => {
    const { own, shared, state } = living();
    const stranger = new Store("own", 5_000);
    stranger.commit({ "~head": headBody({ epoch: OTHER_EPOCH }) });
    state.apply("own", stranger.list(), "c2");
    expect(state.hold).toBeDefined();
    own.commit({ "switch/a": switchBody("NORMAL") });
    state.apply("own", own.list(), "c1");
    state.apply("shared", shared.list(), "c1");
    expect(state.hold).toBeUndefined();
    expect(positionOf(state, "a")).toBe("NORMAL");
  });

  test("a restored backup stays held however far it advances, until it is confirmed", () => {
    const { state: old } = living();
    const backup = new Store("own", 60);
    backup.commit({ "~head": headBody({ epoch: EPOCH, keyCount: 1 }), "switch/a": switchBody("NORMAL") });
    old.apply("own", backup.list(), "c1");
    backup.revision = 500;
    old.apply("own", backup.commit({ "switch/a": switchBody("NORMAL") }), "c1");
    const restarted = restart(old);
    restarted.apply("own", backup.list(), "c1");
    for (const state of [old, restarted]) {
      expect(state.hold).toMatchObject({ reason: "epoch-changed" });
      stillServes(state);
    }
    const confirmed = backup.commit({
      "~head": headBody({ epoch: OTHER_EPOCH, confirms: EPOCH, keyCount: 1 }),
    });
    for (const state of [old, restarted]) {
      state.apply("own", confirmed, "c1");
      expect(state.hold).toBeUndefined();
      expect(positionOf(state, "a")).toBe("NORMAL");
    }
  });

  test("a restored backup is seen by the revisions that etcd gave to our own writes", () => {
    const { own, state } = living();
    state.saw(300, "c1");
    state.apply("own", own.commit({ "switch/a": switchBody("NORMAL") }), "c1");
    expect(state.hold).toBeUndefined();
    own.revision = 250;
    state.apply("own", own.list(), "c1");
    expect(state.hold).toMatchObject({ reason: "epoch-changed" });
  });

  test("keys that vanish without a head are not believed, watched or listed", () => {
    const { own, state } = living();
    const store = new Store("own", 200);
    const edits = Object.fromEntries(
      Array.from({ length: 10 }, (_, index) => [`switch/s${index}`, switchBody("DEGRADED")]),
    );
    void own;
    store.commit({ ...edits, "~head": headBody({ epoch: EPOCH, keyCount: 10 }) });
    state.apply("own", store.list(), "c1");
    for (let index = 0; index < 2; index++) {
      state.apply("own", store.commit({ [`switch/s${index}`]: undefined }), "c1");
      expect(state.hold).toBeUndefined();
    }
    state.apply("own", store.commit({ "switch/s2": undefined }), "c1");
    expect(state.hold).toMatchObject({ reason: "keys-missing" });
    expect(positionOf(state, "s2")).toBe("DEGRADED");
    expect(positionOf(state, "s1")).toBeUndefined();
    const restarted = newState();
    restarted.apply("own", store.list(), "c1");
    expect(restarted.hold).toMatchObject({ reason: "keys-missing" });
    const headed = store.commit({ "~head": headBody({ epoch: EPOCH, keyCount: 7 }) });
    state.apply("own", headed, "c1");
    expect(state.hold).toBeUndefined();
    expect(positionOf(state, "s2")).toBeUndefined();
  });

  test("a cluster id that was read rounded is the same cluster", () => {
    const own = new Store("own", 5);
    own.commit({ "switch/a": switchBody("NORMAL") });
    const state = newState();
    state.apply("own", own.list(), "10144879847569953000");
    state.apply("own", own.commit({ "switch/a": switchBody("DEGRADED") }), "10144879847569953045");
    expect(state.hold).toBeUndefined();
    expect(positionOf(state, "a")).toBe("DEGRADED");
  });

  test("an agent that never saw a head obeys what it finds", () => {
    const store = new Store("shared", 7);
    store.commit({ "switch/a": switchBody("DEGRADED") });
    const state = newState();
    state.apply("shared", store.list(), "c1");
    state.apply("shared", store.commit({ "~head": headBody({ epoch: EPOCH, keyCount: 1 }) }), "c1");
    expect(state.hold).toBeUndefined();
    expect(state.epoch).toBe(EPOCH);
  });
});

const NAMES = ["a", "b", "c", "d"] as const;
const bodyArbitrary = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom("NORMAL" as const, "DEGRADED" as const).map((p) => switchBody(p)) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(badSwitchBody(), "{", switchBody("NORMAL", { extra: { schema: 3 } })),
  },
  { weight: 1, arbitrary: fc.constant(undefined) },
);
const editArbitrary = fc.dictionary(
  fc.constantFrom(...NAMES.map((name) => `switch/${name}`)),
  bodyArbitrary,
  {
    minKeys: 1,
  },
);

describe("for any history of edits", () => {
  test("an old agent, a restarted one and one without a snapshot agree on what is held", () => {
    fc.assert(
      fc.property(fc.array(editArbitrary, { maxLength: 12 }), fc.nat(11), (history, restartAt) => {
        const store = new Store();
        const old = newState();
        let restarted = newState();
        old.apply("own", store.list(), "c1");
        restarted.apply("own", store.list(), "c1");
        for (const [index, edits] of history.entries()) {
          const batch = store.commit(edits);
          old.apply("own", batch, "c1");
          if (index !== restartAt) {
            restarted.apply("own", batch, "c1");
            continue;
          }
          const image = JSON.parse(JSON.stringify(restarted.image()));
          restarted = newState();
          restarted.restore(image);
          restarted.apply("own", store.list(), "c1");
        }
        const bare = newState();
        bare.apply("own", store.list(), "c1");
        const told = (state: LiveState) =>
          state.held.map(({ name, revision, reason }) => ({ name, revision, reason }));
        expect(told(restarted)).toEqual(told(old));
        expect(told(bare)).toEqual(told(old));
        expect(NAMES.map((name) => positionOf(restarted, name))).toEqual(
          NAMES.map((name) => positionOf(old, name)),
        );
        expect(restarted.digest).toBe(old.digest);
      }),
      { numRuns: 300 },
    );
  });

  test("no revision is ever in force in part", () => {
    fc.assert(
      fc.property(fc.array(editArbitrary, { maxLength: 12 }), (history) => {
        const store = new Store();
        const state = newState();
        state.apply("own", store.list(), "c1");
        for (const edits of history) {
          state.apply("own", store.commit(edits), "c1");
          const byRevision = new Map<number, Set<boolean>>();
          for (const { key, modRevision } of store.entries.values()) {
            const name = key.slice(key.lastIndexOf("/") + 1);
            const inForce = state.effective.get(`switch/${name}`)?.revision === modRevision;
            byRevision.set(modRevision, (byRevision.get(modRevision) ?? new Set()).add(inForce));
          }
          for (const answers of byRevision.values()) expect(answers.size).toBe(1);
          const readable = [...state.effective.keys()].filter(
            (key) =>
              !store.entries.has(liveKey(ENV, { service: SERVICE, kind: "switch", name: key.slice(7) })),
          );
          expect(readable).toEqual([]);
        }
      }),
      { numRuns: 300 },
    );
  });

  test("changes name exactly the levers whose body differs", () => {
    fc.assert(
      fc.property(fc.array(editArbitrary, { maxLength: 10 }), (history) => {
        const store = new Store();
        const state = newState();
        state.apply("own", store.list(), "c1");
        for (const edits of history) {
          const before = new Map(state.effective);
          const { changes } = state.apply("own", store.commit(edits), "c1");
          const differing = NAMES.filter(
            (name) =>
              before.get(`switch/${name}`)?.revision !== state.effective.get(`switch/${name}`)?.revision,
          );
          expect(changes.map(({ name }) => name).sort()).toEqual(differing);
        }
      }),
      { numRuns: 200 },
    );
  });
});
