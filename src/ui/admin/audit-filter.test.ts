import { expect, it } from "vitest";
import { exportAddress, filterOf, localTime, momentOf } from "./audit-filter.ts";

const read = (query: string) => filterOf(new URLSearchParams(query));

it("reads the filter of an address, and leaves out what is none", () => {
  expect(read("env=prod&tab=audit")).toEqual({});
  expect(
    read("env=prod&in=dev&actor=%20ann%20&action=publish.commit&outcome=refused&from=2026-11-23T03:00:00Z"),
  ).toEqual({
    env: "dev",
    actor: "ann",
    action: "publish.commit",
    outcome: "refused",
    from: "2026-11-23T03:00:00.000Z",
  });
  expect(read("outcome=perhaps&from=yesterday&actor=")).toEqual({});
});

it("exports what is shown", () => {
  expect(exportAddress("csv", {})).toBe("/api/audit.csv");
  expect(exportAddress("json", read("in=dev&actor=a%26b"))).toBe("/api/audit.json?actor=a%26b&env=dev");
});

it("gives a moment back as it was typed", () => {
  const at = momentOf("2026-11-23T03:04");
  expect(localTime(at)).toBe("2026-11-23T03:04");
  expect([momentOf(""), momentOf("soon"), localTime("soon")]).toEqual([undefined, undefined, ""]);
});
