import { type Author, EVERY_SERVICE, formatRef, type ResourceRef } from "@leverframe/agent/protocol";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { EditRequest } from "./change-set-request.ts";
import { editTo, partId, partsOf, standingOf } from "./undo.ts";

const GROUP = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
const NOW = new Date("2026-11-23T03:00:00.000Z");
const ref: ResourceRef = { service: "order", kind: "config", name: "a" };
const author: Author = { kind: "person", id: "ada" };
const text = (value: string): Record<string, unknown> => ({ format: "text", value });
const body = (value: string, expiry?: { at: string; restore: unknown }): Record<string, unknown> => ({
  schema: 1,
  spec: text(value),
  meta: {
    version: 3,
    changeSetId: GROUP,
    updatedAt: NOW.toISOString(),
    author,
    reason: "why",
    owner: "trade",
    ...(expiry === undefined ? {} : { expiry: { ...expiry, armedRevision: 7 } }),
  },
});

describe("what stood", () => {
  test("is the author's part alone", () => {
    expect(standingOf(ref, body("1"), NOW)).toEqual({ spec: text("1"), meta: { owner: "trade" } });
    expect(standingOf(ref, undefined, NOW)).toBeUndefined();
  });

  test.each([
    ["2026-11-23T02:59:59.000Z", text("0"), { spec: text("0"), meta: { owner: "trade" } }],
    ["2026-11-23T03:00:00.000Z", null, undefined],
    [
      "2026-11-23T03:00:01.000Z",
      text("0"),
      {
        spec: text("1"),
        meta: { owner: "trade" },
        expiry: { at: "2026-11-23T03:00:01.000Z", restore: text("0") },
      },
    ],
  ])("that ends at %s is resolved to what it means now", (at, restore, standing) => {
    expect(standingOf(ref, body("1", { at, restore }), NOW)).toEqual(standing);
  });

  test("is refused by name where it was not valid", () => {
    expect(() => standingOf(ref, { schema: 1, spec: "nonsense" }, NOW)).toThrow(
      /order\/config\/a: what stood there was not valid/,
    );
  });

  test("comes again by a put, by a delete, or by nothing at all", () => {
    const standing = standingOf(ref, body("1"), NOW);
    expect(editTo(ref, standing, 9)).toEqual({
      ...ref,
      op: "put",
      spec: text("1"),
      meta: { owner: "trade" },
      baseRevision: 9,
    });
    expect(editTo(ref, undefined, 9)).toEqual({ ...ref, op: "delete", baseRevision: 9 });
    expect(editTo(ref, undefined, 0)).toBeUndefined();
  });
});

describe("the parts of a restore", () => {
  const edits = fc
    .uniqueArray(
      fc.tuple(
        fc.constantFrom("*", "order", "payment", "stock"),
        fc.nat({ max: 400 }),
        fc.nat({ max: 60_000 }),
      ),
      {
        selector: ([service, index]) => `${service} ${index}`,
        maxLength: 300,
      },
    )
    .map((all) =>
      all.map(
        ([service, index, size]): EditRequest => ({
          service,
          kind: "config",
          name: `c${index}`,
          op: "put",
          spec: text("x".repeat(size)),
          baseRevision: index,
        }),
      ),
    );

  test("hold every edit once, never mix every service with one, and keep the limits of a transaction", () => {
    fc.assert(
      fc.property(edits, (all) => {
        const parts = partsOf(all);
        expect(parts.flat().map(formatRef).toSorted()).toEqual(all.map(formatRef).toSorted());
        for (const part of parts) {
          const services = new Set(part.map((edit) => edit.service));
          expect(services.size === 1 || !services.has(EVERY_SERVICE)).toBe(true);
          expect(part.length + services.size + 1).toBeLessThanOrEqual(128);
          const bytes = part.reduce((sum, edit) => sum + 2 * JSON.stringify(edit).length + 1_000, 0);
          expect(bytes <= 1024 * 1024 || part.length === 1).toBe(true);
        }
      }),
      { numRuns: 50 },
    );
  });

  test("have ids that are ULIDs, the same for the same part and others for any other", () => {
    fc.assert(
      fc.property(edits, (all) => {
        const parts = partsOf(all);
        const ids = parts.map((part) => partId(GROUP, part));
        expect(partsOf(all.toReversed()).map((part) => partId(GROUP, part))).toEqual(ids);
        expect(new Set(ids).size).toBe(ids.length);
        for (const id of ids) expect(id).toMatch(/^01ARZ3NDEK[0-9A-HJKMNP-TV-Z]{16}$/);
        const [first] = parts;
        if (first === undefined) return;
        const moved = first.map((edit, index) =>
          index === 0 ? { ...edit, baseRevision: edit.baseRevision + 1 } : edit,
        );
        expect(ids).not.toContain(partId(GROUP, moved));
      }),
      { numRuns: 20 },
    );
  });
});
