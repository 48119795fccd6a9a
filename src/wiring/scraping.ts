import { Scraper, type TargetHealth } from "../features/scrape/scraper.ts";
import type { TelemetryStore } from "../features/telemetry/store.ts";
import type { Log } from "../infra/log.ts";
import { allowedNetworks } from "../infra/scrape/allowed-networks.ts";
import { createFetchMetrics } from "../infra/scrape/fetch-metrics.ts";
import type { Registered } from "./registered.ts";

export interface Scraping {
  health(): readonly TargetHealth[];
  close(): void;
}

/** Scrapes registered instances into the store. Throws where the networks can't be read. */
export function startScraping(parts: {
  readonly targets: () => readonly Registered[];
  readonly store: TelemetryStore;
  /** By comma. */
  readonly networks: string;
  readonly log: Log;
}): Scraping {
  const fetcher = createFetchMetrics({ isAllowed: allowedNetworks(parts.networks) });
  const scraper = new Scraper({
    targets: () =>
      parts
        .targets()
        .flatMap(({ metricsAddress, ...source }) =>
          metricsAddress === undefined ? [] : [{ ...source, address: metricsAddress }],
        ),
    fetch: (address, signal) => fetcher.fetch(address, signal),
    store: parts.store,
    nowMs: Date.now,
    random: Math.random,
    onProblem: (error) => parts.log.warn({ err: error }, "samples were not stored"),
  });
  scraper.start();
  return {
    health: () => scraper.health(),
    close() {
      scraper.close();
      fetcher.close();
    },
  };
}
