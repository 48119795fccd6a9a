import { expect, test } from "vitest";
import * as z from "zod";
import { configBody } from "../../../test/support/bodies.ts";
import { policyBench } from "../../../test/support/policy-bench.ts";
import { silentLogger } from "../logger.ts";
import { followLogLevel, levelsOf } from "./log-level.ts";

test("a logger's level follows the lever, back to the code's own, and a level that it does not know is held", () => {
  const { levers, commit, live } = policyBench();
  const logger = { level: "warn", levels: { values: { info: 30, warn: 40, debug: 20 } } };
  const levels = levelsOf(logger);
  const config = levers.config(
    "log-level",
    z.string().refine((level) => levels.includes(level)),
    { default: "info" },
  );
  const end = followLogLevel(logger, config, silentLogger);
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
