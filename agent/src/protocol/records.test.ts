import { describe, expect, test } from "vitest";
import { instanceSchema, receiptSchema } from "./records.ts";

const RECEIPT = {
  schema: 1,
  incarnation: "i",
  ownRevision: 1,
  sharedRevision: 1,
  delayMs: 1,
  digest: "",
  held: [],
  unsupported: [],
  reads: [],
};
const BANK = {
  name: "bank",
  state: "HALF_OPEN",
  mode: "NORMAL",
  since: "2026-11-23T03:00:00.000Z",
  trials: { done: 2, of: 5 },
  refused: 3,
};

test("a receipt tells of breakers, and one that does not is as good", () => {
  expect(receiptSchema.parse({ ...RECEIPT, breakers: [BANK] }).breakers).toEqual([BANK]);
  expect(receiptSchema.parse(RECEIPT).breakers).toBeUndefined();
});

test.each([
  ["a state of another release", [{ ...BANK, state: "MELTED" }]],
  ["no list", 7],
  ["more than the bound", Array.from({ length: 201 }, () => BANK)],
])("%s takes the breakers out, never the receipt", (_, breakers) => {
  expect(receiptSchema.parse({ ...RECEIPT, breakers })).toEqual({ ...RECEIPT, breakers: undefined });
});

test("what a later release adds to a breaker is passed over", () => {
  expect(receiptSchema.parse({ ...RECEIPT, breakers: [{ ...BANK, colour: "red" }] }).breakers).toEqual([
    BANK,
  ]);
});

describe("a registration that asks to be balanced", () => {
  const REGISTRATION = {
    schema: 1,
    service: "order",
    instance: "order-1",
    incarnation: "i",
    version: "1",
    zone: "a",
    agentVersion: "0.1.0",
    startedAt: "2026-11-23T03:00:00.000Z",
  };

  test("says how", () => {
    const balancing = { balancer: "P2C", slowStartMs: 60_000, revision: 7 };
    expect(instanceSchema.parse({ ...REGISTRATION, balancing }).balancing).toEqual(balancing);
  });

  test.each([{ balancer: "BY_MOOD", revision: 1 }, { balancer: "P2C" }, 7])(
    "by %j stays registered, and is balanced as usual",
    (balancing) => {
      expect(instanceSchema.parse({ ...REGISTRATION, balancing })).toEqual(REGISTRATION);
    },
  );
});
