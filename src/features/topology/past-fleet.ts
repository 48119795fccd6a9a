import type { ServiceTold } from "../../domain/topology/node-facts.ts";

/** Who was there at a moment that is over, by what was scraped of them then. */
export interface PastFleet {
  /**
   * Services with their instances as the last scrape of the 20 s before `atMs` found them; empty where nobody was scraped.
   * Throws UNAVAILABLE while the telemetry store is away.
   */
  at(env: string, atMs: number): Promise<readonly ServiceTold[]>;
}
