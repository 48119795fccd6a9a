import { expect, it } from "vitest";
import type { LeverRow, ResourceVersion } from "../api/contract.ts";
import { compareStates, momentText, typedMoment } from "./then.ts";

const body = (position: string) => ({ schema: 1, spec: { position }, meta: { version: 1 } });
const was = (name: string, revision: number, position: string) =>
  ({ service: "*", kind: "switch", name, revision, body: body(position) }) as unknown as ResourceVersion;
const now = (name: string, revision: number, position: string) =>
  ({ service: "*", kind: "switch", name, revision, resource: body(position) }) as unknown as LeverRow;

it("says of each lever how it stands now, what differs first", () => {
  const rows = compareStates(
    [was("a", 1, "NORMAL"), was("b", 2, "NORMAL"), was("c", 3, "NORMAL"), was("d", 4, "NORMAL")],
    [now("a", 1, "NORMAL"), now("b", 9, "DEGRADED"), now("d", 8, "NORMAL"), now("e", 7, "NORMAL")],
  );
  expect(rows.map(({ ref, fate }) => [ref.name, fate])).toEqual([
    ["b", "changed"],
    ["c", "gone"],
    ["e", "new"],
    ["a", "same"],
    ["d", "same"],
  ]);
  expect(rows[0]?.diff.entries).toEqual([{ path: "spec.position", before: "NORMAL", after: "DEGRADED" }]);
});

it.each(["r18402", "2026-11-23T03:00:00", "time", "r"])("an address keeps the moment %s", (text) => {
  expect(momentText(typedMoment(text))).toBe(text);
});

it("a revision is one with or without its r", () => {
  expect(momentText({ by: "revision", revision: " 17 ", at: "" })).toBe("r17");
});
