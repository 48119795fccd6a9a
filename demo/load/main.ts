import * as z from "zod";
import { USERS } from "../shop/cohorts.ts";
import { tierOf } from "../shop/server.ts";

/**
 * A bounded crowd: 2,000 users of two tiers, a few requests a second, one order in six. Never more than `IN_FLIGHT`
 * at once, so that a slow shop is not drowned by its own demo.
 */
const settings = z
  .object({
    LOAD_SHOP: z.url(),
    LOAD_PER_SECOND: z.coerce.number().min(0).max(200).default(12),
  })
  .parse(process.env);

const IN_FLIGHT = 32;
const DEADLINE_MS = 5_000;
const tally = { gold: 0, standard: 0, failed: 0 };
let inFlight = 0;
let sent = 0;

async function visit(): Promise<void> {
  const user = `u-${1 + Math.floor(Math.random() * USERS)}`;
  const buys = sent % 6 === 0;
  sent += 1;
  inFlight += 1;
  try {
    const response = await fetch(
      `${settings.LOAD_SHOP}${buys ? `/buy?product=lamp&user=${user}` : `/?user=${user}`}`,
      {
        method: buys ? "POST" : "GET",
        signal: AbortSignal.timeout(DEADLINE_MS),
      },
    );
    await response.arrayBuffer();
    if (response.ok) tally[tierOf(user)] += 1;
    else tally.failed += 1;
  } catch {
    tally.failed += 1;
  } finally {
    inFlight -= 1;
  }
}

const timer = setInterval(() => {
  if (inFlight < IN_FLIGHT) void visit();
}, 1_000 / Math.max(0.1, settings.LOAD_PER_SECOND));
const report = setInterval(() => process.send?.(tally), 1_000);

const stop = (): void => {
  clearInterval(timer);
  clearInterval(report);
  process.exit(0);
};
for (const signal of ["SIGTERM", "SIGINT", "SIGHUP", "disconnect"] as const) process.on(signal, stop);
