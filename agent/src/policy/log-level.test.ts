import { expect, test } from "vitest";
import { configBody } from "../../../test/support/bodies.ts";
import { policyBench } from "../../../test/support/policy-bench.ts";
import { silentLogger } from "../logger.ts";
import { bindLogLevel } from "./log-level.ts";

test("a logger's level follows the lever, back to the code's own, and a level that it does not know is held", () => {
  const { levers, commit, live } = policyBench();
  const logger = { level: "warn", levels: { values: { info: 30, warn: 40, debug: 20 } } };
  const end = bindLogLevel(levers, logger, { default: "info" }, silentLogger);
  const seen = [logger.level];
  commit({ "config/log-level": configBody("debug", "text") });
  seen.push(logger.level);
  expect(() => commit({ "config/log-level": configBody("chatty", "text") })).toThrow(/held/);
  seen.push(logger.level);
  commit({ "config/log-level": undefined });
  seen.push(logger.level);
  end();
  commit({ "config/log-level": configBody("silent", "text") });
  expect([seen, logger.level, live.held]).toEqual([["info", "debug", "debug", "info"], "info", []]);
});
