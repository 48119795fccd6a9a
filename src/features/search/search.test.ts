import { liveKey, receiptKey, registryKey } from "@leverframe/agent/protocol";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { EnvironmentState } from "../../domain/environment-state.ts";
import { DomainError } from "../../domain/errors.ts";
import type { StoredEntry } from "../../domain/stored-entry.ts";
import { fold, snippetOf, termsOf } from "./match.ts";
import { HITS, Search } from "./search.ts";
import { SearchService } from "./search-service.ts";

const ENV = "dev";
const ID = "01J00000000000000000000000";
const meta = { version: 1, changeSetId: ID, updatedAt: "2026-11-01T00:00:00.000Z" };
const config = (value: string) => ({ schema: 1, spec: { format: "text", value }, meta });

function stateOf(levers: Record<string, object>, instances: Record<string, object> = {}): EnvironmentState {
  const entry = (key: string, body: object): [string, StoredEntry] => [
    key,
    { key, value: Buffer.from(JSON.stringify(body)), createRevision: 1, modRevision: 1, lease: "0" },
  ];
  const nothing = new Map<string, StoredEntry>();
  const live = Object.entries(levers).map(([ref, body]) => {
    const [service = "", kind = "", name = ""] = ref.split("/");
    return entry(liveKey(ENV, { service, kind, name }), body);
  });
  const registry = Object.entries(instances).map(([place, body]) => {
    const [service = "", instance = ""] = place.split("/");
    return entry(registryKey(ENV, service, instance), body);
  });
  const receipts = entry(receiptKey(ENV, "ghost", "ghost-7"), {});
  return {
    env: ENV,
    revision: 1,
    live: new Map(live),
    registry: new Map(registry),
    receipts: new Map([receipts]),
    foreign: nothing,
  };
}

const STATE = stateOf(
  {
    "order/switch/checkout": {
      schema: 1,
      spec: { position: "NORMAL", level: "core", strategy: "static", payload: { html: "Back soon" } },
      meta: { ...meta, owner: "支付团队", description: "Stops new orders" },
    },
    "order/config/banner": config("title: Hello\ntimeout: 250\n深夜维护"),
    "order/config/bank": {
      schema: 1,
      spec: { format: "text", secret: { kid: "k1", iv: "aaaa", ct: "Zm9vYmFy", tag: "bbbb" } },
      meta,
    },
    "*/switch/comments": {
      schema: 1,
      spec: { position: "NORMAL", level: "non-core", strategy: "simplified" },
      rollout: {
        id: ID,
        salt: "s",
        shareBp: 100,
        stickiness: "instance",
        candidate: { position: "DEGRADED", level: "non-core", strategy: "placeholder" },
      },
      meta,
    },
    // No agent would take this; it is found all the same.
    "order/breaker/payment": { spec: { failureRateThreshold: "half" } },
  },
  {
    "order/pod-1": {
      schema: 1,
      service: "order",
      instance: "pod-1",
      incarnation: "a",
      version: "2.4.1",
      zone: "zone-a",
      agentVersion: "0.1.0",
      startedAt: meta.updatedAt,
    },
  },
);

function find(query: string, state = STATE) {
  const search = new Search(state, termsOf(query));
  for (const _ of search.steps());
  return search.found().flatMap(({ group, hits }) => hits.map((hit) => ({ group, ...hit })));
}
const namesOf = (query: string, state = STATE) => find(query, state).map(({ name }) => name.text);

describe("what is found", () => {
  test.each([
    ["a lever by its name", "checkout", ["order/switch/checkout"]],
    ["by kind and service together, in any order", "switch order", ["order/switch/checkout"]],
    ["a config by a line of its text", "hello", ["order/config/banner"]],
    ["by two lines of it", "hello 250", ["order/config/banner"]],
    ["in Chinese", "深夜", ["order/config/banner"]],
    ["by name and text together", "banner 维护", ["order/config/banner"]],
    ["a switch by what it serves", "back soon", ["order/switch/checkout"]],
    ["by a key", "payload.html", ["order/switch/checkout"]],
    ["by its owner", "支付团队", ["order/switch/checkout"]],
    ["by a rollout's candidate", "placeholder", ["*/switch/comments"]],
    ["a body that is not valid", "half", ["order/breaker/payment"]],
    ["an instance by its name", "pod-1", ["pod-1"]],
    ["an instance by its version", "2.4.1", ["pod-1"]],
    ["an instance that lost its registration", "ghost-7", ["ghost-7"]],
    ["whatever the case of letters", "HELLO", ["order/config/banner"]],
    ["nothing, where one of the words is nowhere", "hello nowhere", []],
    ["nothing for no words", "   ", []],
  ])("%s", (_, query, names) => {
    expect(namesOf(query)).toEqual(names);
  });

  test("a service is found once, before its levers, and not again by each of its instances", () => {
    expect(find("order").map(({ group }) => group)).toEqual([
      "services",
      "levers",
      "levers",
      "configs",
      "configs",
    ]);
  });

  test("a secret is found by its name alone", () => {
    expect(namesOf("bank")).toEqual(["order/config/bank"]);
    for (const part of ["Zm9vYmFy", "aaaa", "bbbb", "k1"]) expect(namesOf(part)).toEqual([]);
    expect(JSON.stringify(find("bank"))).not.toMatch(/Zm9v|aaaa|bbbb|k1/);
  });

  test("what is asked for exactly stands first, and what holds it last", () => {
    const state = stateOf({
      "a/config/text": config("comment"),
      "a/config/recomment": config("x"),
      "a/config/comments": config("x"),
      "z/config/comment": config("x"),
    });
    expect(namesOf("comment", state)).toEqual([
      "z/config/comment",
      "a/config/comments",
      "a/config/recomment",
      "a/config/text",
    ]);
  });

  test("a hundred of a kind are counted, and the best shown", () => {
    const many = Object.fromEntries(
      Array.from({ length: 200 }, (_, n) => [
        `order/config/limit-${String(n).padStart(3, "0")}`,
        config("x"),
      ]),
    );
    const search = new Search(stateOf({ ...many, "order/config/limit": config("x") }), ["limit"]);
    for (const _ of search.steps());
    const [configs] = search.found();
    expect(configs?.hits).toHaveLength(HITS);
    expect(configs?.hits[0]?.name.text).toBe("order/config/limit");
    expect(configs?.more).toBe(201 - HITS);
  });
});

test("a snippet holds its marks, whatever is asked for and whatever the text", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "grapheme", maxLength: 400 }),
      fc.nat(400),
      fc.integer({ min: 1, max: 9 }),
      (text, at, length) => {
        const terms = termsOf(text.slice(at, at + length));
        const { text: shown, marks } = snippetOf(text, terms);
        expect(shown.length).toBeLessThanOrEqual(122);
        let last = 0;
        for (const [from, to] of marks) {
          expect(from).toBeGreaterThanOrEqual(last);
          expect(terms.some((term) => fold(shown.slice(from, to)).includes(term))).toBe(true);
          last = to;
        }
      },
    ),
  );
});

describe("what a look costs", () => {
  const many = stateOf(
    Object.fromEntries(Array.from({ length: 2_000 }, (_, n) => [`order/config/c-${n}`, config(`line ${n}`)])),
  );
  /** A clock that goes on by a quarter of a millisecond with each look at it. */
  const service = (parts: { tickMs: number; changes?: () => Promise<never[]> }) => {
    let nowMs = 0;
    let pauses = 0;
    const searching = new SearchService({
      state: () => many,
      changes: parts.changes ?? (async () => []),
      now: () => (nowMs += parts.tickMs),
      pause: async () => void (pauses += 1),
    });
    return { searching, pauses: () => pauses };
  };

  test("it lets others have their turn, and says when it looked at everything", async () => {
    const { searching, pauses } = service({ tickMs: 0.25 });
    const answer = await searching.find(ENV, "line");
    expect(answer.incomplete).toEqual([]);
    expect(answer.groups[0]?.more).toBe(2_000 - HITS);
    expect(pauses()).toBeGreaterThan(3);
  });

  test("it ends at its deadline with what it has, and says so", async () => {
    const { searching } = service({ tickMs: 50 });
    const answer = await searching.find(ENV, "line");
    expect(answer.incomplete).toEqual(["levers"]);
    expect(answer.groups[0]?.hits).toHaveLength(HITS);
  });

  test("a history that does not answer is said, and hides nothing else", async () => {
    const away = () => Promise.reject(new DomainError("UNAVAILABLE", "SQL is away"));
    const answer = await service({ tickMs: 0.1, changes: away }).searching.find(ENV, "line");
    expect(answer.incomplete).toEqual(["changes"]);
    expect(answer.groups).toHaveLength(1);
  });
});
