import { expect, test } from "vitest";
import { aroundAlert } from "./around-alert.ts";

const NOW = Date.parse("2026-11-23T12:00:00Z");
const ago = (minutes: number) => new Date(NOW - minutes * 60_000).toISOString();

test.each([
  ["began just now: the moving range", { since: ago(2) }, "service=payment"],
  [
    "fires for an hour: from before it began until now",
    { since: ago(60) },
    `service=payment&from=${NOW - 70 * 60_000}&to=${NOW}`,
  ],
  [
    "is over: until after it ended",
    { since: ago(60), until: ago(50) },
    `service=payment&from=${NOW - 70 * 60_000}&to=${NOW - 45 * 60_000}`,
  ],
  [
    "ended just now: nothing of the future",
    { since: ago(60), until: ago(1) },
    `service=payment&from=${NOW - 70 * 60_000}&to=${NOW}`,
  ],
  ["has no time that can be read", { since: "once" }, "service=payment"],
])("an alert that %s", (_, times, expected) => {
  expect(aroundAlert({ alertname: "Slow", service: "payment", name: "bank" }, times, NOW).toString()).toBe(
    expected,
  );
});
