import { type IntervalHistogram, monitorEventLoopDelay } from "node:perf_hooks";

const RESOLUTION_MS = 10;
const NS_PER_SECOND = 1e9;
const P99 = 99;
/** Looked at again within this, the last answer stands. */
const LEAST_WINDOW_MS = 200;

/** What scrapes tell of this process. Begins to measure when first asked, and costs nothing before. */
export class ProcessFigures {
  readonly #now: () => number;
  #delays: IntervalHistogram | undefined;
  #cpuUs = 0;
  #fromMs: number | undefined;
  #percent = 0;

  /** `now` is monotonic, in ms. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** 99th percentile of how late the event loop was since this was last asked, in seconds; undefined at first. */
  eventLoopLagP99(): number | undefined {
    if (this.#delays === undefined) {
      this.#delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
      this.#delays.enable();
      return undefined;
    }
    const delays = this.#delays;
    if (delays.count === 0) return 0;
    const seconds = delays.percentile(P99) / NS_PER_SECOND - RESOLUTION_MS / 1_000;
    delays.reset();
    return Math.max(0, seconds);
  }

  /** CPU time since this was last asked (at first: since the process began), in percent of one core. */
  cpuPercent(): number {
    const nowMs = this.#now();
    const { user, system } = process.cpuUsage();
    const sinceMs = this.#fromMs === undefined ? process.uptime() * 1_000 : nowMs - this.#fromMs;
    if (sinceMs < LEAST_WINDOW_MS) return this.#percent;
    this.#percent = (user + system - this.#cpuUs) / 10 / sinceMs;
    this.#cpuUs = user + system;
    this.#fromMs = nowMs;
    return this.#percent;
  }

  residentBytes(): number {
    return process.memoryUsage.rss();
  }

  /** Nothing of it goes on measuring. */
  close(): void {
    this.#delays?.disable();
    this.#delays = undefined;
  }
}
