import type { Fence, PublishTerms } from "../../domain/change-set.ts";
import type { ChangeSetRequest } from "../../domain/change-set-request.ts";
import { type DomainError, isDomainError } from "../../domain/errors.ts";
import { type Expiring, endingRequest, expiringOf } from "../../domain/expiry.ts";
import { OVERDUE_AFTER_MS, type Schedule } from "../../domain/schedule.ts";
import type { StoredEntry } from "../../domain/stored-entry.ts";
import { ClockGuard } from "./clock-guard.ts";
import type { ScheduleStore } from "./schedule-store.ts";

export interface AutomationOptions {
  readonly environments: () => readonly string[];
  /** Undefined while this process does not lead there, or can't tell the present. */
  readonly fence: (env: string) => Fence | undefined;
  readonly live: (env: string) => Iterable<StoredEntry>;
  readonly schedules: ScheduleStore;
  readonly publish: (request: ChangeSetRequest, terms: PublishTerms) => Promise<unknown>;
  readonly newId: () => string;
  /** Milliseconds: since 1970, and on a clock that never jumps. */
  readonly wall: () => number;
  readonly monotonic: () => number;
  readonly onDone: (what: { env: string; kind: "expiry" | "schedule"; lateMs: number }) => void;
  readonly onProblem: (what: { env: string; kind: "expiry" | "schedule"; what: string; why: string }) => void;
}

/** What ends or begins by itself in an environment. */
export interface Upcoming {
  readonly kind: "expiry" | "schedule";
  readonly id: string;
  readonly at: string;
  readonly overdue: boolean;
  /** Why it has not happened, as far as this process knows. */
  readonly why?: string;
}

const LOOK_EVERY_MS = 250;
const AT_ONCE = 8;
const AGAIN_MS = 30_000;
const MOST_PROBLEMS = 1_000;

/**
 * Ends what expires and publishes what was scheduled, never before its time, each once: every write compares the
 * leader key and what it acts on, so that of two leaders one writes, and a person's later edit wins. What the interlock
 * refuses is tried again every half minute and shown as overdue.
 */
export class Automation {
  readonly #options: AutomationOptions;
  readonly #clock: ClockGuard;
  readonly #problems = new Map<string, { readonly againMs: number; readonly why: string }>();
  readonly #busy = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(options: AutomationOptions) {
    this.#options = options;
    this.#clock = new ClockGuard(options.wall, options.monotonic);
  }

  start(): void {
    if (this.#timer !== undefined || this.#closed) return;
    this.#timer = setInterval(() => {
      if (this.#busy.size === 0) this.#running = this.look();
    }, LOOK_EVERY_MS).unref();
  }

  /** Resolves when what was being written has an answer. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    await this.#running;
  }

  /** Does what is due now. Never rejects. */
  async look(): Promise<void> {
    const now = this.#clock.now();
    if (now === undefined || this.#closed) return;
    const due = this.#options.environments().flatMap((env) => [
      ...this.#dueExpiries(env, now).map((one) => () => this.#expire(env, one)),
      ...this.#options.schedules
        .list(env)
        .filter((one) => one.failure === undefined && Date.parse(one.at) <= now)
        .map((one) => () => this.#publishScheduled(one)),
    ]);
    await Promise.all(
      Array.from({ length: Math.min(AT_ONCE, due.length) }, async () => {
        for (let work = due.shift(); work !== undefined && !this.#closed; work = due.shift()) await work();
      }),
    );
  }

  /** Expiries and schedules of an environment, the next first; works on any replica. */
  upcoming(env: string): readonly Upcoming[] {
    const now = this.#options.wall();
    const row = (kind: Upcoming["kind"], id: string, atMs: number, why: string | undefined): Upcoming => ({
      kind,
      id,
      at: new Date(atMs).toISOString(),
      overdue: now - atMs > OVERDUE_AFTER_MS,
      ...(why === undefined ? {} : { why }),
    });
    const expiries = [...this.#options.live(env)].flatMap((entry) => {
      const one = expiringOf(entry);
      if (one === undefined) return [];
      const name = `${one.service}/${one.kind}/${one.name}`;
      return [row("expiry", name, one.atMs, this.#problems.get(problemKey(env, one))?.why)];
    });
    const schedules = this.#options.schedules
      .list(env)
      .map((one) => row("schedule", one.id, Date.parse(one.at), one.failure?.message));
    return [...expiries, ...schedules].sort((a, b) => (a.at < b.at ? -1 : 1));
  }

  #dueExpiries(env: string, now: number): Expiring[] {
    if (this.#options.fence(env) === undefined) return [];
    const due: Expiring[] = [];
    for (const entry of this.#options.live(env)) {
      const one = expiringOf(entry);
      if (one === undefined || one.atMs > now) continue;
      const problem = this.#problems.get(problemKey(env, one));
      if (problem === undefined || problem.againMs <= this.#options.monotonic()) due.push(one);
    }
    return due;
  }

  async #expire(env: string, one: Expiring): Promise<void> {
    const key = problemKey(env, one);
    await this.#act(env, key, "expiry", one.atMs, async (fence) => {
      await this.#options.publish(endingRequest(env, one, this.#options.newId()), { fence });
    });
  }

  async #publishScheduled(one: Schedule): Promise<void> {
    const { schedules } = this.#options;
    const key = schedules.keyOf(one);
    await this.#act(one.env, key, "schedule", Date.parse(one.at), async (fence) => {
      try {
        await this.#options.publish(one.request, {
          fence,
          consumes: [key],
          expects: new Map([[key, one.modRevision]]),
        });
      } catch (error) {
        if (!isDomainError(error) || !isFinal(error)) throw error;
        const at = new Date(this.#options.wall()).toISOString();
        await schedules.fail(
          one,
          { at, code: error.code, message: error.publicMessage.slice(0, 1_000) },
          fence,
        );
        this.#tell(one.env, key, "schedule", error.publicMessage);
      }
    });
  }

  async #act(
    env: string,
    key: string,
    kind: "expiry" | "schedule",
    atMs: number,
    work: (fence: Fence) => Promise<void>,
  ): Promise<void> {
    const fence = this.#options.fence(env);
    if (fence === undefined || this.#busy.has(key)) return;
    this.#busy.add(key);
    try {
      await work(fence);
      this.#problems.delete(key);
      this.#options.onDone({ env, kind, lateMs: this.#options.wall() - atMs });
    } catch (error) {
      const why = isDomainError(error) ? error.publicMessage : String(error);
      // Somebody changed it since: the next look sees what stands now.
      const theirs = isDomainError(error) && error.code === "CONFLICT";
      const againMs = this.#options.monotonic() + (theirs ? LOOK_EVERY_MS : AGAIN_MS);
      const passing =
        isDomainError(error) && (error.code === "UNAVAILABLE" || error.code === "UNKNOWN_OUTCOME");
      this.#note(key, { againMs: passing ? this.#options.monotonic() + 1_000 : againMs, why });
      if (!theirs) this.#tell(env, key, kind, why);
    } finally {
      this.#busy.delete(key);
    }
  }

  #note(key: string, problem: { againMs: number; why: string }): void {
    this.#problems.delete(key);
    this.#problems.set(key, problem);
    for (const oldest of this.#problems.keys()) {
      if (this.#problems.size <= MOST_PROBLEMS) break;
      this.#problems.delete(oldest);
    }
  }

  #tell(env: string, what: string, kind: "expiry" | "schedule", why: string): void {
    this.#options.onProblem({ env, kind, what, why });
  }
}

const problemKey = (env: string, one: Expiring): string =>
  `${env} ${one.service}/${one.kind}/${one.name}@${one.modRevision}`;

/** Trying again later would be refused just so. */
const isFinal = (error: DomainError): boolean =>
  error.code !== "UNAVAILABLE" && error.code !== "UNKNOWN_OUTCOME" && error.code !== "RATE_LIMITED";
