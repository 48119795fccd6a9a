import { expect, test } from "vitest";
import { guardLogger, type Logger, silentLogger, TroubleLog } from "./logger.ts";

test("a host's logger that throws harms nobody", () => {
  const angry: Logger = {
    ...silentLogger,
    warn: () => {
      throw new Error("disk full");
    },
  };
  expect(() => guardLogger(angry).warn({}, "x")).not.toThrow();
});

test("a trouble that lasts is told when it begins and once a minute", () => {
  const lines: unknown[] = [];
  let nowMs = 0;
  const trouble = new TroubleLog({ ...silentLogger, warn: (fields) => lines.push(fields) }, () => nowMs);
  for (; nowMs <= 60_000; nowMs += 1_000) trouble.warn({ why: "gone" }, "x");
  expect(lines).toEqual([{ why: "gone" }, { why: "gone", untold: 59 }]);
  trouble.over();
  trouble.warn({ why: "again" }, "x");
  expect(lines).toHaveLength(3);
});
