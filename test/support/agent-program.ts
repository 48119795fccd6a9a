import process from "node:process";
import { type AgentOptions, createAgent } from "@leverframe/agent";
import * as z from "zod";
import type { AgentProgramOptions, Answer, Question } from "./agent-process.ts";

/**
 * A service that does nothing but have an agent. Answers questions over its IPC channel, and ends when that closes, so
 * that no test leaves it behind.
 */
const options = JSON.parse(process.argv[2] ?? "{}") as AgentProgramOptions;
const say = (level: string) => (fields: Readonly<Record<string, unknown>>, message: string) =>
  process.stderr.write(`${level} ${message} ${JSON.stringify(fields)}\n`);
const settings: AgentOptions = {
  ...options.agent,
  logger: { info: () => undefined, warn: say("warn"), error: say("error") },
};
const agent = createAgent(settings);
const switches = new Map(
  (options.switches ?? []).map((name) => [name, agent.switch(name, { level: "non-core" })]),
);
const configs = new Map(
  (options.configs ?? []).map((name) => [
    name,
    agent.config(name, z.object({ limit: z.int().min(1) }), { default: { limit: -1 } }),
  ]),
);
const breakers = new Map((options.breakers ?? []).map((name) => [name, agent.breaker(name)]));

/** Every state that a listener of an applied revision could read, for tests of atomicity. */
const seen: { ownRevision: number; degraded: string[] }[] = [];
agent.on("applied", ({ ownRevision }) => {
  if (!options.recordEach) return;
  const degraded = [...switches].filter(([, lever]) => lever.isDegraded()).map(([name]) => name);
  seen.push({ ownRevision, degraded });
});

const exit = () => process.exit(0);

async function answer(question: Question): Promise<unknown> {
  switch (question.ask) {
    case "start": {
      const fromMs = performance.now();
      await agent.start();
      return performance.now() - fromMs;
    }
    case "status":
      return agent.status;
    case "switch": {
      const lever = switches.get(question.name);
      for (let time = 1; time < (question.times ?? 1); time++) lever?.isDegraded();
      return lever?.get(question.context);
    }
    case "config":
      return configs.get(question.name)?.get();
    case "breaker":
      return breakers.get(question.name)?.stats;
    case "fail": {
      const permit = breakers.get(question.name)?.permit();
      if (permit) permit.failure();
      return permit !== false;
    }
    case "declare":
      switches.set(question.name, agent.switch(question.name, { level: "core" }));
      return undefined;
    case "pick":
      return agent.service(question.service).pick();
    case "instances":
      return agent.service(question.service).instances();
    case "balancing":
      return agent.service(question.service).balancing;
    case "seen":
      return seen.splice(0);
    case "close":
      await agent.close();
      // Nothing but the channel holds the process any more, if the agent left nothing behind.
      process.off("disconnect", exit);
      setImmediate(() => process.disconnect());
      return undefined;
  }
}

process.on("message", (question: Question) => {
  const reply = (message: Answer) => process.send?.(message);
  answer(question).then(
    (value) => reply({ id: question.id, value }),
    (error: unknown) => reply({ id: question.id, error: String(error) }),
  );
});
process.on("disconnect", exit);
process.send?.({ id: 0, value: "up" } satisfies Answer);
