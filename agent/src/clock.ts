/** Stops a timer; harmless when it has fired already. */
export type StopTimer = () => void;

/** Time as the agent sees it, handed in so that tests can turn it. */
export interface Clock {
  /** Milliseconds that only rise. */
  now(): number;
  /** Milliseconds since 1970, as people read them; may jump. */
  wallMs(): number;
  /** Runs `task` once after `delayMs`. Never keeps the process alive. */
  after(delayMs: number, task: () => void): StopTimer;
}

/** The process's own clock. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wallMs: () => Date.now(),
  after(delayMs, task) {
    const timer = setTimeout(task, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/** Waits for it, but no longer than `ms`. Rejects as it does. */
export async function within(clock: Clock, work: Promise<void>, ms: number): Promise<void> {
  let stop: StopTimer = () => undefined;
  const late = new Promise<void>((resolve) => {
    stop = clock.after(ms, resolve);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    stop();
  }
}
