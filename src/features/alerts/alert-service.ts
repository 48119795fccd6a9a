import { isDeepStrictEqual } from "node:util";
import {
  type AlertRule,
  type AlertSettings,
  type AlertState,
  hintOf,
  type Matcher,
  type Muted,
  mutedBy,
  type Notification,
  phaseOf,
  type Receiver,
  type ReceiverTarget,
  readAlertmanager,
  type Silence,
} from "../../domain/alerts/index.ts";
import { DomainError, isDomainError } from "../../domain/errors.ts";
import type { AlertBook, AlertLog, AlertPage, AlertStore, LoggedAlert } from "./alert-ports.ts";
import type { Messenger } from "./messenger.ts";

/** An alert, and why nobody is told of it. */
export interface StandingAlert extends AlertState {
  readonly muted?: Muted;
}

export interface AlertStanding extends Omit<AlertBook, "alerts" | "told"> {
  readonly alerts: readonly StandingAlert[];
  /** What an Alertmanager told of and has not ended; null while SQL is away. */
  readonly elsewhere: readonly LoggedAlert[] | null;
}

/** Settings as people see them: nothing in it lets anybody in anywhere. */
export interface ShownAlertSettings extends Omit<AlertSettings, "receivers"> {
  readonly receivers: readonly Omit<Receiver, "sealed">[];
}

/** Who is told of what, and when thresholds are others. */
export type Routing = Pick<AlertSettings, "routes" | "inhibitions" | "saleDays">;

export interface AlertServiceOptions {
  readonly store: AlertStore;
  readonly log: AlertLog;
  readonly messenger: Pick<Messenger, "try">;
  /** Throws a `DomainError` for an environment that nobody made. */
  readonly known: (env: string) => void;
  readonly seal: (
    env: string,
    receiver: string,
    target: ReceiverTarget,
    unique: string,
  ) => Receiver["sealed"];
  readonly newId: () => string;
  readonly now: () => Date;
}

const DAY_MS = 86_400_000;
/** What ended longer ago is dropped when silences are made. */
const KEEP_SILENCES_MS = 7 * DAY_MS;

/** What people do with an environment's alerts. Every change names what stands afterwards. */
export function createAlertService(options: AlertServiceOptions) {
  const { store, log, known } = options;

  const change = async (
    env: string,
    by: (standing: AlertSettings) => AlertSettings,
  ): Promise<ShownAlertSettings> => {
    known(env);
    return shown(await store.change(env, by));
  };

  return {
    async standing(env: string): Promise<AlertStanding> {
      known(env);
      const [{ book }, settings, elsewhere] = await Promise.all([
        store.book(env),
        store.settings(env),
        log.firingElsewhere(env).catch(nullIfAway),
      ]);
      const { told: _, alerts, ...rest } = book;
      const firing = alerts.filter((state) => phaseOf(state) === "firing");
      const nowMs = options.now().getTime();
      return {
        ...rest,
        alerts: alerts.map((state) => {
          const muted = mutedBy(state, firing, settings, nowMs);
          return muted === undefined ? state : { ...state, muted };
        }),
        elsewhere,
      };
    },

    async settings(env: string): Promise<ShownAlertSettings> {
      known(env);
      return shown(await store.settings(env));
    },

    history(env: string, page: { limit: number; before?: string; name?: string }): Promise<AlertPage> {
      known(env);
      return log.list(env, page);
    },

    /** `before`: the rule as its author saw it, null for a new one. Throws CONFLICT where another stands. */
    putRule: (env: string, rule: AlertRule, before: AlertRule | null): Promise<ShownAlertSettings> =>
      change(env, (standing) => {
        const there = standing.rules.find(({ name }) => name === rule.name) ?? null;
        if (!isDeepStrictEqual(there, before)) throw changedMeanwhile(`The rule ${rule.name}`);
        const rules = there === null ? [...standing.rules, rule] : replaced(standing.rules, rule);
        return { ...standing, rules };
      }),

    deleteRule: (env: string, name: string): Promise<ShownAlertSettings> =>
      change(env, (standing) => ({ ...standing, rules: without(standing.rules, name, "rule") })),

    /** Without a target, the one that is kept stays. */
    putReceiver: (
      env: string,
      { name, target, sendResolved }: { name: string; target?: ReceiverTarget; sendResolved: boolean },
    ): Promise<ShownAlertSettings> =>
      change(env, (standing) => {
        const there = standing.receivers.find((one) => one.name === name);
        if (target === undefined && there === undefined) {
          throw new DomainError("INVALID", `There is no receiver ${name} yet: say where its messages go.`);
        }
        const receiver: Receiver | undefined =
          target === undefined
            ? there && { ...there, sendResolved }
            : {
                name,
                type: target.type,
                hint: hintOf(target),
                sealed: options.seal(env, name, target, options.newId()),
                sendResolved,
              };
        if (receiver === undefined) return standing;
        const { receivers } = standing;
        return {
          ...standing,
          receivers: there === undefined ? [...receivers, receiver] : replaced(receivers, receiver),
        };
      }),

    deleteReceiver: (env: string, name: string): Promise<ShownAlertSettings> =>
      change(env, (standing) => ({ ...standing, receivers: without(standing.receivers, name, "receiver") })),

    /** All of it or nothing. `before`: as its author saw it; throws CONFLICT where something else stands. */
    setRouting: (env: string, next: Routing, before: Routing | undefined): Promise<ShownAlertSettings> =>
      change(env, (standing) => {
        const { routes, inhibitions, saleDays } = standing;
        if (before !== undefined && !isDeepStrictEqual({ routes, inhibitions, saleDays }, before)) {
          throw changedMeanwhile("The routing");
        }
        return { ...standing, ...next };
      }),

    silence: (
      env: string,
      asked: { match: readonly Matcher[]; to: string; reason: string },
      author: string,
    ): Promise<ShownAlertSettings> =>
      change(env, (standing) => {
        const now = options.now();
        const made: Silence = {
          id: options.newId(),
          match: [...asked.match],
          from: now.toISOString(),
          to: asked.to,
          author,
          reason: asked.reason,
        };
        const kept = standing.silences.filter(({ to }) => now.getTime() - Date.parse(to) < KEEP_SILENCES_MS);
        return { ...standing, silences: [...kept, made] };
      }),

    /** Ends it now; it stays to be read for a week. */
    endSilence: (env: string, id: string): Promise<ShownAlertSettings> =>
      change(env, (standing) => {
        const there = standing.silences.find((one) => one.id === id);
        if (there === undefined) throw new DomainError("NOT_FOUND", `There is no silence ${id}.`);
        const now = options.now().toISOString();
        const ended = { ...there, to: there.to < now ? there.to : now };
        // One that had not begun is taken back whole.
        const others = standing.silences.filter((one) => one.id !== id);
        return { ...standing, silences: ended.from < ended.to ? [...others, ended] : others };
      }),

    /** Sends a message that says so. Throws UNAVAILABLE with the reason where it does not get through. */
    async tryReceiver(env: string, name: string, author: string): Promise<void> {
      known(env);
      const { receivers } = await store.settings(env);
      const receiver = receivers.find((one) => one.name === name);
      if (receiver === undefined) throw new DomainError("NOT_FOUND", `There is no receiver ${name}.`);
      try {
        await options.messenger.try(env, receiver, trial(env, receiver.name, author, options.now()));
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        throw new DomainError("UNAVAILABLE", `${name} got no message: ${why}`, { cause: error });
      }
    },

    /** What an Alertmanager tells of: kept once, whatever is repeated. Gives how many were new or ended now. */
    receive(env: string, body: unknown): Promise<number> {
      known(env);
      const alerts = readAlertmanager(body).map((alert) => ({ ...alert, source: "alertmanager" as const }));
      return log.record(env, alerts);
    },
  };
}

export type AlertService = ReturnType<typeof createAlertService>;

const shown = ({ receivers, ...rest }: AlertSettings): ShownAlertSettings => ({
  ...rest,
  receivers: receivers.map(({ sealed: _, ...visible }) => visible),
});

const changedMeanwhile = (what: string): DomainError =>
  new DomainError(
    "CONFLICT",
    `${what} was changed by somebody else meanwhile. Look at it again, then change it.`,
  );

const replaced = <Item extends { readonly name: string }>(items: readonly Item[], item: Item): Item[] =>
  items.map((one) => (one.name === item.name ? item : one));

function without<Item extends { readonly name: string }>(
  items: readonly Item[],
  name: string,
  what: string,
): Item[] {
  const rest = items.filter((one) => one.name !== name);
  if (rest.length === items.length) throw new DomainError("NOT_FOUND", `There is no ${what} ${name}.`);
  return rest;
}

function nullIfAway(error: unknown): null {
  if (isDomainError(error) && error.code === "UNAVAILABLE") return null;
  throw error;
}

function trial(env: string, receiver: string, author: string, now: Date): Notification {
  const at = now.toISOString();
  const labels = { alertname: "Trial", severity: "info", env };
  return {
    group: `trial/${at}`,
    receiver,
    groupLabels: labels,
    firing: [
      {
        fingerprint: "0000000000000000",
        rule: "Trial",
        severity: "info",
        labels,
        summary: `${author} tries this receiver out. Nothing is wrong.`,
        description: "",
        runbook: "",
        since: at,
        startsAt: at,
        heldAt: at,
        value: 0,
      },
    ],
    resolved: [],
  };
}
