import { type AlertState, annotationsOf } from "../../domain/alerts/index.ts";
import { isDomainError } from "../../domain/errors.ts";
import { groupBy } from "../../domain/group-by.ts";
import type { AlertLog, LoggedAlert } from "./alert-ports.ts";

const MOST_PENDING = 2_000;

/** What the history is still to be told: kept while SQL is away, the oldest dropped past 2,000. */
export class PendingLog {
  readonly #log: Pick<AlertLog, "record">;
  readonly #onProblem: (error: unknown) => void;
  /** By environment and identity; what was written is remembered as long as the alert stands. */
  readonly #pending = new Map<string, { readonly env: string; readonly alert: LoggedAlert }>();
  readonly #written = new Map<string, string>();

  constructor(log: Pick<AlertLog, "record">, onProblem: (error: unknown) => void) {
    this.#log = log;
    this.#onProblem = onProblem;
  }

  /** Those that fire or ended, and are not known as such yet. */
  add(env: string, alerts: readonly AlertState[]): void {
    const standing = new Set<string>();
    for (const state of alerts) {
      if (state.startsAt === undefined) continue;
      const key = `${env}/${state.fingerprint}@${state.startsAt}`;
      standing.add(key);
      const what = state.endsAt ?? "firing";
      if (this.#written.get(key) === what) continue;
      this.#pending.delete(key);
      this.#pending.set(key, { env, alert: loggedOf(state, state.startsAt) });
      const [oldest] = this.#pending.keys();
      if (this.#pending.size > MOST_PENDING && oldest !== undefined) this.#pending.delete(oldest);
    }
    for (const key of this.#written.keys())
      if (key.startsWith(`${env}/`) && !standing.has(key)) this.#written.delete(key);
  }

  /** Tells the history what waits. Never rejects: what can't be told waits on. */
  async write(): Promise<void> {
    const byEnvironment = groupBy([...this.#pending], ([, { env }]) => env);
    for (const [env, rows] of byEnvironment) {
      try {
        await this.#log.record(
          env,
          rows.map(([, { alert }]) => alert),
        );
      } catch (error) {
        if (!isDomainError(error)) this.#onProblem(error);
        return;
      }
      for (const [key, { alert }] of rows) {
        this.#pending.delete(key);
        this.#written.set(key, alert.endsAt ?? "firing");
      }
    }
  }
}

const loggedOf = (state: AlertState, startsAt: string): LoggedAlert => ({
  source: "rule",
  fingerprint: state.fingerprint,
  name: state.rule,
  severity: state.severity,
  labels: state.labels,
  annotations: annotationsOf(state),
  startsAt,
  ...(state.endsAt === undefined ? {} : { endsAt: state.endsAt }),
  value: state.value,
});
