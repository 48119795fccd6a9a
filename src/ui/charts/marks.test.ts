import { expect, test } from "vitest";
import type { Marker } from "../api/contract.ts";
import { groupMarks, markKey } from "./marks.ts";

const restart = (atMs: number): Marker => ({
  kind: "restart",
  service: "order",
  atMs,
  from: "",
  to: "",
  instances: ["order-1"],
});

test("marks that can't be told apart become one, in the order of time; none is lost but those outside", () => {
  const groups = groupMarks([restart(900), restart(100), restart(110), restart(1_001)], {
    fromMs: 0,
    toMs: 1_000,
  });
  expect(groups.map(({ atMs, markers }) => [atMs, markers.length])).toEqual([
    [100, 2],
    [900, 1],
  ]);
});

test("a mark is named by what it opens", () => {
  expect(markKey(restart(5))).toBe("restart:order:5");
  expect(
    markKey({
      kind: "change",
      changeSetId: "01X",
      revision: 1,
      atMs: 5,
      reason: "",
      author: undefined,
      services: [],
    }),
  ).toBe("change:01X");
});
