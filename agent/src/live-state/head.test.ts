import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { headSchema } from "../protocol/index.ts";
import { readHead, usualHead } from "./head.ts";

const EPOCH = "k3xw9b2m5qpt";
const ID = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
const usual = { epoch: EPOCH, changeSetId: ID, keyCount: 3, receiptSpreadMs: 500 };

/** Mostly what a head may hold, now and then what it may not. */
const field = (good: fc.Arbitrary<unknown>) =>
  fc.oneof({ weight: 6, arbitrary: good }, { weight: 1, arbitrary: fc.anything() });
const bodies = fc.record(
  {
    epoch: field(fc.constantFrom(EPOCH, "UPPER9b2m5qpt", "short", `${EPOCH}\n`, "a".repeat(41))),
    confirms: field(fc.constantFrom(EPOCH, "short")),
    changeSetId: field(fc.constantFrom(ID, ID.toLowerCase(), `8${ID.slice(1)}`, `${ID}\n`)),
    keyCount: field(fc.constantFrom(0, 1, -1, 1.5, 2 ** 53, Number.MAX_SAFE_INTEGER)),
    receiptSpreadMs: field(fc.constantFrom(0, 600_000, 600_001, -1, 0.5)),
    stranger: fc.anything(),
  },
  { requiredKeys: [] },
);

describe("the head of a stream", () => {
  test("is told at a glance as the schema tells it", () => {
    expect(usualHead({ ...usual, newer: true })).toEqual(usual);
    fc.assert(
      fc.property(fc.oneof(bodies, fc.anything()), (body) => {
        const head = usualHead(body);
        if (head !== undefined) expect(headSchema.parse(body)).toEqual(head);
      }),
      { numRuns: 2_000 },
    );
  });

  test("is left to the schema where it is unusual, and not read where the schema refuses it", () => {
    const read = (body: unknown) => readHead(Buffer.from(JSON.stringify(body)));
    const confirming = { epoch: EPOCH, confirms: EPOCH, keyCount: 0, receiptSpreadMs: 0 };
    expect(usualHead(confirming)).toBeUndefined();
    expect(read(confirming)).toEqual(confirming);
    expect(read({ ...usual, epoch: "?" })).toBeUndefined();
    expect(read({ ...usual, receiptSpreadMs: 600_001 })).toBeUndefined();
    expect(readHead(Buffer.from("{"))).toBeUndefined();
  });
});
