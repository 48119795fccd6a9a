import { describe, expect, test } from "vitest";
import { mergeTexts } from "./merge-texts.ts";

const BASE = "a: 1\nb: 2\nc: 3\nd: 4\ne: 5\n";

describe("two edits of one text", () => {
  test("merge where they touch different lines", () => {
    expect(mergeTexts(BASE, BASE.replace("a: 1", "a: 9"), BASE.replace("e: 5", "e: 7"))).toBe(
      "a: 9\nb: 2\nc: 3\nd: 4\ne: 7\n",
    );
    expect(mergeTexts(BASE, BASE.replace("b: 2\n", ""), BASE.replace("d: 4", "d: 4\nnew: 1"))).toBe(
      "a: 1\nc: 3\nd: 4\nnew: 1\ne: 5\n",
    );
  });

  test("merge in either order to the same, also without a break at the end", () => {
    const base = "one\ntwo\nthree\nfour";
    const first = "ONE\ntwo\nthree\nfour";
    const last = "one\ntwo\nthree\nFOUR";
    expect(mergeTexts(base, first, last)).toBe("ONE\ntwo\nthree\nFOUR");
    expect(mergeTexts(base, last, first)).toBe("ONE\ntwo\nthree\nFOUR");
  });

  test("do not merge where both touch the same or neighbouring lines", () => {
    expect(mergeTexts(BASE, BASE.replace("b: 2", "b: 8"), BASE.replace("b: 2", "b: 9"))).toBeUndefined();
    expect(mergeTexts(BASE, BASE.replace("b: 2", "b: 8"), BASE.replace("c: 3", "c: 9"))).toBeUndefined();
  });

  test("leave alone what only one of them changed", () => {
    expect(mergeTexts(BASE, BASE, BASE.replace("c: 3", "c: 9"))).toBe(BASE.replace("c: 3", "c: 9"));
    expect(mergeTexts(BASE, BASE, BASE)).toBe(BASE);
  });
});
