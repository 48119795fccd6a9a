import type { AlertSettings, Inhibition, Route, Silence } from "./alert-settings.ts";
import { type AlertState, phaseOf } from "./alert-state.ts";
import { type AlertLabels, fingerprintOf, matches } from "./matching.ts";

/** What was last said of a group: kept, so that neither a restart nor another leader says it again. */
export interface Told {
  readonly group: string;
  /** ISO; when the first alert of the group was there to be told of. */
  readonly waitingSince?: string;
  /** ISO; when it was last sent. */
  readonly at?: string;
  /** The alerts that fired then, by fingerprint and start. */
  readonly firing: readonly string[];
}

/** One message that is due. */
export interface Notification {
  readonly group: string;
  readonly receiver: string;
  readonly groupLabels: AlertLabels;
  readonly firing: readonly AlertState[];
  /** Ended since they were told of. */
  readonly resolved: readonly AlertState[];
}

export interface Plan {
  readonly due: readonly Notification[];
  /** Groups as they stand without what is due; a group that is gone and was told of is left out. */
  readonly told: readonly Told[];
}

/** Why nobody is told of an alert that fires. */
export type Muted = { readonly by: "silence"; readonly id: string } | { readonly by: "inhibition" };

const labelsOf = (labels: AlertLabels, names: readonly string[]): AlertLabels =>
  Object.fromEntries(names.map((name) => [name, labels[name] ?? ""]));

const identity = (state: AlertState): string => `${state.fingerprint}@${state.startsAt ?? ""}`;

const standing = (silence: Silence, nowMs: number): boolean =>
  Date.parse(silence.from) <= nowMs && nowMs < Date.parse(silence.to);

/** What keeps an alert from being told of; undefined where nothing does. */
export function mutedBy(
  state: AlertState,
  firing: readonly AlertState[],
  settings: Pick<AlertSettings, "silences" | "inhibitions">,
  nowMs: number,
): Muted | undefined {
  const silence = settings.silences.find((one) => standing(one, nowMs) && matches(one.match, state.labels));
  if (silence !== undefined) return { by: "silence", id: silence.id };
  return settings.inhibitions.some((one) => inhibits(one, state, firing)) ? { by: "inhibition" } : undefined;
}

function inhibits(rule: Inhibition, state: AlertState, firing: readonly AlertState[]): boolean {
  if (!matches(rule.target, state.labels)) return false;
  // An alert that is both does not mute itself, nor do two such alerts each other.
  if (matches(rule.source, state.labels)) return false;
  const wanted = fingerprintOf(labelsOf(state.labels, rule.equal));
  return firing.some(
    (other) =>
      matches(rule.source, other.labels) && fingerprintOf(labelsOf(other.labels, rule.equal)) === wanted,
  );
}

interface Group {
  readonly key: string;
  readonly route: Route;
  readonly labels: AlertLabels;
  readonly firing: AlertState[];
  readonly resolved: AlertState[];
}

/** What is to be sent now, and to whom. Pure; `told` is what the last plan and the sends since made of it. */
export function planNotifications(
  alerts: readonly AlertState[],
  settings: AlertSettings,
  told: readonly Told[],
  nowMs: number,
): Plan {
  const firing = alerts.filter((state) => phaseOf(state) === "firing");
  const groups = new Map<string, Group>();
  const known = new Map(told.map((one) => [one.group, one]));
  for (const state of alerts) {
    const phase = phaseOf(state);
    if (phase === "pending") continue;
    if (phase === "firing" && mutedBy(state, firing, settings, nowMs) !== undefined) continue;
    for (const route of routesOf(settings.routes, state.labels)) {
      const labels = labelsOf(state.labels, route.groupBy);
      const key = `${route.receiver}/${settings.routes.indexOf(route)}/${fingerprintOf(labels)}`;
      const group = groups.get(key) ?? { key, route, labels, firing: [], resolved: [] };
      if (phase === "firing") group.firing.push(state);
      else if (known.get(key)?.firing.includes(identity(state))) group.resolved.push(state);
      groups.set(key, group);
    }
  }
  const due: Notification[] = [];
  const after: Told[] = [];
  for (const group of groups.values()) {
    const before = known.get(group.key);
    if (group.firing.length === 0 && group.resolved.length === 0) {
      if (before !== undefined && before.firing.length > 0) after.push(before);
      continue;
    }
    if (isDue(group, before, nowMs)) {
      due.push({
        group: group.key,
        receiver: group.route.receiver,
        groupLabels: group.labels,
        firing: group.firing,
        resolved: group.resolved,
      });
    }
    after.push(before ?? { group: group.key, waitingSince: new Date(nowMs).toISOString(), firing: [] });
  }
  // Muted meanwhile: what was told of stays known, so that its end is still told.
  for (const one of told) if (!groups.has(one.group) && isFresh(one, nowMs)) after.push(one);
  return { due, told: after };
}

const FORGET_MS = 7 * 24 * 3_600_000;
const isFresh = (one: Told, nowMs: number): boolean =>
  one.firing.length > 0 && nowMs - Date.parse(one.at ?? "") < FORGET_MS;

/** What stands of a group once a message went out. */
export const toldNow = (sent: Notification, nowMs: number): Told => ({
  group: sent.group,
  at: new Date(nowMs).toISOString(),
  firing: sent.firing.map(identity),
});

function routesOf(routes: readonly Route[], labels: AlertLabels): readonly Route[] {
  const taken: Route[] = [];
  for (const one of routes) {
    if (!matches(one.match, labels)) continue;
    taken.push(one);
    if (!one.continue) break;
  }
  return taken;
}

function isDue({ route, firing, resolved }: Group, before: Told | undefined, nowMs: number): boolean {
  const past = (iso: string | undefined, seconds: number): boolean =>
    iso !== undefined && nowMs - Date.parse(iso) >= seconds * 1_000;
  if (before?.at === undefined) {
    if (firing.length === 0) return false;
    return route.groupWaitSeconds === 0 || past(before?.waitingSince, route.groupWaitSeconds);
  }
  const known = new Set(before.firing);
  const changed = resolved.length > 0 || firing.some((state) => !known.has(identity(state)));
  if (changed) return past(before.at, route.groupIntervalSeconds);
  return firing.length > 0 && past(before.at, route.repeatSeconds);
}
