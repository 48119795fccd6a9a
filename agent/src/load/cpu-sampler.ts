import { availableParallelism } from "node:os";
import { performance } from "node:perf_hooks";

/** Between two looks. */
const SAMPLE_MS = 500;
/** What one look counts for beside those before. */
const NEWEST_SHARE = 0.5;

/** How busy this process is, smoothed over about a second. */
export interface ProcessBusyness {
  /** Share of what it can use, 0 … 1: of its event loop or of the machine's processors, whichever is scarcer. */
  readonly cpuUtilization: number;
  /** How late the event loop was at the last look, in ms. */
  readonly eventLoopDelayMs: number;
}

/**
 * Samples how busy this process is, twice a second: one timer that never keeps it alive, stopped by `close`. A Node service
 * is full when its event loop is, long before the machine's processors are: so the loop's share counts where it is greater.
 */
export class CpuSampler implements ProcessBusyness {
  cpuUtilization = 0;
  eventLoopDelayMs = 0;
  #cpu = process.cpuUsage();
  #loop = performance.eventLoopUtilization();
  #lookedMs = performance.now();
  readonly #timer: NodeJS.Timeout;

  constructor(sampleMs = SAMPLE_MS) {
    this.#timer = setInterval(() => this.#look(sampleMs), sampleMs);
    this.#timer.unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #look(sampleMs: number): void {
    const nowMs = performance.now();
    const tookMs = nowMs - this.#lookedMs;
    if (tookMs <= 0) return;
    const cpu = process.cpuUsage();
    const usedMs = (cpu.user - this.#cpu.user + cpu.system - this.#cpu.system) / 1_000;
    const loop = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(loop, this.#loop);
    const now = Math.max(utilization, usedMs / tookMs / availableParallelism());
    this.cpuUtilization += (now - this.cpuUtilization) * NEWEST_SHARE;
    this.eventLoopDelayMs = Math.max(0, tookMs - sampleMs);
    this.#cpu = cpu;
    this.#loop = loop;
    this.#lookedMs = nowMs;
  }
}
