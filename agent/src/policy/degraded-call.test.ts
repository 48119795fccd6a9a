import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { describe, expect, test } from "vitest";
import { breakerBody, limitBody, switchBody, timeoutBody } from "../../../test/support/bodies.ts";
import { policyBench, watch } from "../../../test/support/policy-bench.ts";
import { readContext, runInContext } from "../context/index.ts";
import { DEFAULT_BREAKER } from "../protocol/index.ts";
import { DEGRADATION_CHANNEL, HttpStatusError } from "./index.ts";

const unavailable = (): HttpStatusError => new HttpStatusError(503, "not now");
const hang = (): Promise<never> => new Promise(() => undefined);

describe("a degraded call", () => {
  const placeholder = { strategy: "static", payload: { paid: false } } as const;

  test("is not made while its switch is degraded: the payload answers in its shape", async () => {
    const { policies, levers, commit } = policyBench();
    const degrade = levers.switch("charging", { level: "secondary" });
    commit({ "switch/charging": switchBody("DEGRADED", placeholder) });
    let made = 0;
    const fn = (): string => {
      made++;
      return "paid";
    };
    const bank = policies.policy("bank");
    await expect(bank.call<unknown>(fn, { degrade })).resolves.toEqual({ paid: false });
    expect([made, bank.stats.degradations.switch]).toEqual([0, 1]);
    const seen = await bank.call<unknown>(fn, {
      degrade,
      fallback: (_, { reason, payload }) => [reason, payload],
    });
    expect(seen).toEqual(["switch", { paid: false }]);
    commit({ "switch/charging": switchBody("DEGRADED") });
    await expect(bank.call(fn, { degrade })).rejects.toMatchObject({
      code: "CALL_DEGRADED",
      lever: "order/charging",
    });
  });

  test.each([
    ["failed", { "timeout/bank": timeoutBody(500) }, unavailable],
    ["timeout", { "timeout/bank": timeoutBody(50) }, undefined],
    [
      "breaker-open",
      { "breaker/bank": breakerBody({ ...DEFAULT_BREAKER, mode: "FORCED_OPEN" }) },
      unavailable,
    ],
    [
      "limit-reached",
      {
        "limit/bank": limitBody({
          type: "RATE",
          permitsPerSecond: 1,
          maxQueueDurationMs: 0,
          hotKey: "userId",
          hotPermitsPerSecond: 1,
          hotOverrides: { "u-1": 0 },
        }),
      },
      unavailable,
    ],
  ] as const)("says why: %s", async (reason, levers, error) => {
    const { policies, commit, pass } = policyBench();
    commit(levers);
    const bank = policies.policy("bank");
    const fn = () => (error === undefined ? hang() : Promise.reject(error()));
    const call = watch(
      bank.call<unknown>(fn, {
        context: { userId: "u-1" },
        fallback: (_, degradation) => degradation.reason,
      }),
    );
    await pass(60);
    expect([call.value, bank.stats.degradations[reason]]).toEqual([reason, 1]);
  });

  test("a wrong request is answered by its error, not by something else", async () => {
    const { policies } = policyBench();
    const fn = () => Promise.reject(new HttpStatusError(404, "no such card"));
    await expect(policies.policy("bank").call(fn, { fallback: () => "later" as never })).rejects.toThrow(
      "no such card",
    );
  });

  test("is told to the request, to tracers, to the log once a minute, and to the hook, whose fault harms nobody", async () => {
    const { policies, lines, pass } = policyBench();
    const request = readContext(() => undefined, 0);
    const published: unknown[] = [];
    const recorded: unknown[] = [];
    const onMessage = (message: unknown): void => void published.push(message);
    subscribe(DEGRADATION_CHANNEL, onMessage);
    const fn = () => Promise.reject(unavailable());
    const onDegraded = (call: unknown): never => {
      recorded.push(call);
      throw new Error("the outbox is full");
    };
    const bank = policies.policy("bank");
    for (let call = 0; call < 3; call++)
      await runInContext(request, () =>
        bank.call<string>(fn, { fallback: () => "later", onDegraded, args: { order: 7 } }),
      );
    unsubscribe(DEGRADATION_CHANNEL, onMessage);
    await pass(0);
    expect(request.degraded).toEqual(["order/bank"]);
    expect(published).toHaveLength(3);
    expect(published[0]).toMatchObject({ name: "bank", reason: "failed", lever: "order/bank" });
    expect(recorded[0]).toEqual({ name: "bank", reason: "failed", context: request, args: { order: 7 } });
    const told = lines.filter(({ message }) => message.startsWith("a call is answered"));
    expect(told).toHaveLength(1);
    expect(told[0]?.fields).toMatchObject({ call: "bank", reason: "failed", error: "not now" });
  });
});
