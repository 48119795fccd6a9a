import { type IntervalHistogram, monitorEventLoopDelay } from "node:perf_hooks";

const NS_PER_MS = 1e6;
const US_PER_MS = 1e3;
const LEAST_WINDOW_MS = 200;

/** How busy this process is. Begins to measure when first asked, and costs nothing before. */
export class ProcessLoad {
  readonly #now: () => number;
  #delays: IntervalHistogram | undefined;
  #delayMs = 0;
  #delayFromMs = 0;
  #cpuUs: number | undefined;
  #cpuFromMs = 0;
  #cpuPercent: number | undefined;

  /** `now` is monotonic, in milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** CPU time of this process since it was last measured, in percent of one core; undefined at first. */
  cpuPercent(): number | undefined {
    const nowMs = this.#now();
    const { user, system } = process.cpuUsage();
    const usedUs = user + system;
    if (this.#cpuUs === undefined) [this.#cpuUs, this.#cpuFromMs] = [usedUs, nowMs];
    const sinceMs = nowMs - this.#cpuFromMs;
    if (sinceMs < LEAST_WINDOW_MS) return this.#cpuPercent;
    this.#cpuPercent = (100 * (usedUs - this.#cpuUs)) / US_PER_MS / sinceMs;
    [this.#cpuUs, this.#cpuFromMs] = [usedUs, nowMs];
    return this.#cpuPercent;
  }

  /** The longest that the event loop was late since it was last measured, in ms; undefined at first. */
  eventLoopDelayMs(): number | undefined {
    const nowMs = this.#now();
    if (this.#delays === undefined) {
      this.#delays = monitorEventLoopDelay({ resolution: 20 });
      this.#delays.enable();
      this.#delayFromMs = nowMs;
      return undefined;
    }
    if (nowMs - this.#delayFromMs >= LEAST_WINDOW_MS) {
      this.#delayMs = this.#delays.max / NS_PER_MS;
      this.#delays.reset();
      this.#delayFromMs = nowMs;
    }
    return this.#delayMs;
  }

  close(): void {
    this.#delays?.disable();
    this.#delays = undefined;
  }
}
