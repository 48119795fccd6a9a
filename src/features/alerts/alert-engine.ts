import {
  type AlertRule,
  type AlertSettings,
  type AlertState,
  endAll,
  evaluateRule,
  type Measured,
  phaseOf,
  planNotifications,
  type Told,
} from "../../domain/alerts/index.ts";
import type { Fence } from "../../domain/change-set.ts";
import { isDomainError } from "../../domain/errors.ts";
import { groupBy } from "../../domain/group-by.ts";
import type { Leadership } from "../leadership.ts";
import type { MetricsReader } from "../metrics/metrics-reader.ts";
import type { AlertBook, AlertProblem, AlertStore } from "./alert-ports.ts";
import type { Messenger } from "./messenger.ts";
import type { PendingLog } from "./pending-log.ts";

export interface AlertEngineOptions {
  readonly environments: () => readonly string[];
  readonly leadership: Leadership;
  readonly store: AlertStore;
  readonly reader: MetricsReader;
  readonly messenger: Messenger;
  readonly log: PendingLog;
  readonly wall: () => number;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly onLook: (env: string, tookMs: number, firing: number) => void;
  readonly onProblem: (what: { readonly env: string; readonly what: string; readonly err?: unknown }) => void;
}

/** Between two looks at all rules. */
export const LOOK_EVERY_MS = 5_000;
/** Kept when nothing but the figures changed: so old may be what another control plane shows of them. */
const KEEP_EVERY_MS = 15_000;
/** So long a look waits for messages; slower ones are noted at the next. */
const SETTLE_MS = 2_000;
const RULES_AT_ONCE = 4;
/** Alerts of an environment; the most severe ones first. */
const MOST_ALERTS = 500;
const RESOLVED_STAY_MS = 15 * 60_000;
/** Longer than a message may be on its way. */
const JUST_ENDED_MS = 30_000;
const RANK = { critical: 0, warning: 1, info: 2 } as const;

interface Held {
  book: AlertBook;
  modRevision: number;
  keptMs: number;
}

/**
 * Looks at every environment's rules each 5 s while this process leads, keeps how its alerts stand in etcd under the
 * fence, and has messages sent. A restart or another leader goes on where the book ends: nothing that was told is told
 * again, but for a message that was on its way in that moment. A rule that can't be measured leaves its alerts as they
 * are, and says why.
 */
export class AlertEngine {
  readonly #options: AlertEngineOptions;
  readonly #end: () => void;

  constructor(options: AlertEngineOptions) {
    this.#options = options;
    this.#end = options.leadership.lead((fence, signal) => this.#lead(fence, signal));
  }

  /** No further look is begun; the lead's own end stops the present one. */
  close(): void {
    this.#end();
  }

  async #lead(fence: Fence, signal: AbortSignal): Promise<void> {
    const held = new Map<string, Held>();
    while (!signal.aborted) {
      for (const env of this.#options.environments()) {
        if (signal.aborted) return;
        try {
          await this.#look(env, held, fence);
        } catch (error) {
          held.delete(env);
          if (!isDomainError(error)) throw error;
          this.#options.onProblem({ env, what: "alerts could not be looked at; tried again", err: error });
        }
      }
      await this.#options.sleep(LOOK_EVERY_MS, signal).catch(() => undefined);
    }
  }

  async #look(env: string, held: Map<string, Held>, fence: Fence): Promise<void> {
    const { store, messenger, log, wall } = this.#options;
    const startedMs = wall();
    const known = held.get(env) ?? (await this.#begin(env));
    held.set(env, known);
    const settings = await store.settings(env);
    const looked = await this.#evaluate(env, settings, known.book);
    const nowMs = wall();
    const plan = planNotifications(looked.alerts, settings, messenger.told(env, known.book.told), nowMs);
    log.add(env, looked.alerts);
    const book: AlertBook = {
      alerts: prune(looked.alerts, plan.told, nowMs),
      told: plan.told,
      problems: looked.problems,
      deliveries: messenger.deliveries(env, known.book.deliveries),
      lookedAt: new Date(nowMs).toISOString(),
    };
    if (shapeOf(book) !== shapeOf(known.book) || nowMs - known.keptMs >= KEEP_EVERY_MS) {
      if (!(await this.#keep(env, held, known, book, fence))) return;
    }
    known.book = book;
    // Only what stands in etcd is told of: who leads next knows it too. What was told is kept at once, for the same reason.
    messenger.send(env, plan.due, settings.receivers);
    if (plan.due.length > 0) {
      await messenger.settled(env, SETTLE_MS);
      const told = messenger.told(env, book.told);
      const deliveries = messenger.deliveries(env, book.deliveries);
      if (!(await this.#keep(env, held, known, { ...book, told, deliveries }, fence))) return;
    }
    await log.write();
    const firing = book.alerts.filter((state) => phaseOf(state) === "firing").length;
    this.#options.onLook(env, wall() - startedMs, firing);
  }

  /** False where this process leads no more, or somebody else wrote: the book is then read again. */
  async #keep(
    env: string,
    held: Map<string, Held>,
    known: Held,
    book: AlertBook,
    fence: Fence,
  ): Promise<boolean> {
    const modRevision = await this.#options.store.keep(env, known.modRevision, book, fence);
    if (modRevision === undefined) {
      held.delete(env);
      return false;
    }
    known.modRevision = modRevision;
    known.keptMs = this.#options.wall();
    known.book = book;
    return true;
  }

  async #begin(env: string): Promise<Held> {
    const { book, modRevision } = await this.#options.store.book(env);
    this.#options.log.add(env, book.alerts);
    return { book, modRevision, keptMs: 0 };
  }

  async #evaluate(
    env: string,
    settings: AlertSettings,
    before: AlertBook,
  ): Promise<{ readonly alerts: AlertState[]; readonly problems: AlertProblem[] }> {
    const { wall } = this.#options;
    const ofRule = groupBy(before.alerts, ({ rule }) => rule);
    const rules = settings.rules.filter(({ enabled }) => enabled);
    const alerts: AlertState[] = [];
    const problems: AlertProblem[] = [];
    for (const name of ofRule.keys()) {
      if (!rules.some((rule) => rule.name === name)) alerts.push(...endAll(ofRule.get(name) ?? [], wall()));
    }
    const waiting = [...rules];
    const work = async (): Promise<void> => {
      for (let rule = waiting.shift(); rule !== undefined; rule = waiting.shift()) {
        const standing = ofRule.get(rule.name) ?? [];
        const measured = await this.#measure(env, rule);
        if (typeof measured === "string") {
          alerts.push(...standing);
          problems.push(problemOf(rule, measured, before.problems, wall()));
          continue;
        }
        const { saleDays } = settings;
        alerts.push(...evaluateRule(standing, { env, rule, measured, saleDays, nowMs: wall() }));
      }
    };
    await Promise.all(Array.from({ length: Math.min(RULES_AT_ONCE, rules.length) }, work));
    const worstFirst = alerts.toSorted((a, b) => RANK[a.severity] - RANK[b.severity]);
    return {
      alerts: worstFirst.slice(0, MOST_ALERTS),
      problems: problems.toSorted((a, b) => (a.rule < b.rule ? -1 : 1)),
    };
  }

  /** What was measured, or why it could not be. */
  async #measure(env: string, { condition }: AlertRule): Promise<readonly Measured[] | string> {
    const { figure, by, windowSeconds } = condition;
    try {
      return await this.#options.reader.instant(
        { env, figure, by },
        { atMs: this.#options.wall(), windowMs: windowSeconds * 1_000 },
      );
    } catch (error) {
      if (!isDomainError(error)) throw error;
      return error.publicMessage;
    }
  }
}

function problemOf(
  { name }: AlertRule,
  why: string,
  before: readonly AlertProblem[],
  nowMs: number,
): AlertProblem {
  const known = before.find(({ rule }) => rule === name);
  return { rule: name, since: known?.since ?? new Date(nowMs).toISOString(), why };
}

/** What ended stays until those who were told know, at most a quarter of an hour. */
function prune(alerts: readonly AlertState[], told: readonly Told[], nowMs: number): readonly AlertState[] {
  const owed = new Set(told.flatMap(({ firing }) => firing));
  return alerts.filter((state) => {
    if (state.endsAt === undefined) return true;
    const endedMs = nowMs - Date.parse(state.endsAt);
    if (endedMs < JUST_ENDED_MS) return true;
    if (endedMs > RESOLVED_STAY_MS) return false;
    return owed.has(`${state.fingerprint}@${state.startsAt ?? ""}`);
  });
}

/** All but the figures, which change at each look. */
const shapeOf = ({ alerts, told, problems, deliveries }: AlertBook): string =>
  JSON.stringify([
    alerts.map(({ value: _, heldAt: __, summary: ___, description: ____, ...rest }) => rest),
    told,
    problems,
    deliveries,
  ]);
