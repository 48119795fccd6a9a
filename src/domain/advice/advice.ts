import { EVERY_SERVICE, type Kind } from "@leverframe/agent/protocol";
import type { Graph, GraphEdge } from "../topology/graph.ts";
import { callPaths } from "./call-paths.ts";

/** A lever as advice looks at it. */
export interface AdvisedLever {
  readonly service: string;
  readonly kind: Kind;
  readonly name: string;
  /** Last change; wall time, ms. */
  readonly updatedMs: number;
  /** Decisions that instances told of since then. */
  readonly decisions: number;
  readonly timeoutMs?: number | undefined;
}

/** What changed together: a change set, or a deploy. */
export interface AdvisedChange {
  readonly atMs: number;
  readonly services: readonly string[];
}

export interface TimeoutPlace {
  readonly service: string;
  readonly name: string;
  readonly ms: number;
}

/** What the traffic and the levers of an environment suggest; each with its figures. */
export type Advice =
  /** A way of calls through more than five. */
  | { readonly kind: "chain"; readonly path: readonly string[]; readonly calls: number }
  /** Services that wait for each other. */
  | { readonly kind: "cycle"; readonly path: readonly string[] }
  /** Two services that call so often that they may be one. */
  | {
      readonly kind: "chatty";
      readonly from: string;
      readonly to: string;
      readonly perMonth: number;
      readonly together: boolean;
    }
  /** Two services that nearly always change together. */
  | {
      readonly kind: "together";
      readonly services: readonly [string, string];
      readonly times: number;
      readonly of: number;
    }
  /** A callee that goes on when its caller has given up. */
  | { readonly kind: "timeout"; readonly caller: TimeoutPlace; readonly callee: TimeoutPlace }
  /** A lever that nobody asked for 30 days. */
  | {
      readonly kind: "unread";
      readonly lever: Pick<AdvisedLever, "service" | "kind" | "name">;
      readonly days: number;
    };
export type AdviceKind = Advice["kind"];

export interface AdviceGround {
  /** Of the last day or less. */
  readonly graph: Graph;
  /** How much of the graph's span was counted, ms: less where telemetry began in it. */
  readonly countedMs: number;
  readonly changes: readonly AdvisedChange[];
  readonly levers: readonly AdvisedLever[];
  /** `service/kind/name` of levers that decided something in the last 30 days; undefined where that isn't known. */
  readonly decided: ReadonlySet<string> | undefined;
  readonly nowMs: number;
}

/** Calls in a row, beyond which a chain is told of. */
export const DEEPEST = 5;
export const CHATTY_PER_MONTH = 100_000;
const MONTH_MS = 30 * 86_400_000;
const DAY_MS = 86_400_000;
export const UNREAD_DAYS = 30;
/** Deploys so close are one change. */
const SAME_CHANGE_MS = 900_000;
const LEAST_TOGETHER = 3;
const TOGETHER_SHARE = 0.8;
/** Of one kind, the most telling first. */
export const MOST_OF_KIND = 20;

/** All advice of an environment, kind by kind. Pure. */
export function adviceOf(ground: AdviceGround): readonly Advice[] {
  const together = togetherOf(ground.changes);
  const { chains, cycles } = callPaths(ground.graph, DEEPEST);
  return [
    ...timeoutsOf(ground.graph, ground.levers),
    ...cycles.map((path): Advice => ({ kind: "cycle", path })),
    ...chains.map(({ path, calls }): Advice => ({ kind: "chain", path, calls })),
    ...chattyOf(ground, together),
    ...together.map(({ services, times, of }): Advice => ({ kind: "together", services, times, of })),
    ...unreadOf(ground),
  ];
}

interface Together {
  readonly services: readonly [string, string];
  readonly times: number;
  readonly of: number;
}

/** Pairs that changed at least three times together, and in at least four of five changes of either. */
export function togetherOf(changes: readonly AdvisedChange[]): readonly Together[] {
  const times = new Map<string, number>();
  const pairs = new Map<string, { readonly services: readonly [string, string]; times: number }>();
  for (const services of joined(changes)) {
    for (const one of services) times.set(one, (times.get(one) ?? 0) + 1);
    if (services.length > MOST_JOINED) continue;
    for (const [at, one] of services.entries()) {
      for (const other of services.slice(at + 1)) {
        const pair = pairs.get(`${one}\n${other}`) ?? { services: [one, other], times: 0 };
        pairs.set(`${one}\n${other}`, pair);
        pair.times += 1;
      }
    }
  }
  return [...pairs.values()]
    .map(({ services, times: joint }) => {
      const [one, other] = services;
      return { services, times: joint, of: (times.get(one) ?? 0) + (times.get(other) ?? 0) - joint };
    })
    .filter((pair) => pair.times >= LEAST_TOGETHER && pair.times >= TOGETHER_SHARE * pair.of)
    .toSorted((a, b) => b.times - a.times)
    .slice(0, MOST_OF_KIND);
}

/** Changes of more services than this say nothing of any two of them. */
const MOST_JOINED = 12;

/** Services of each change, deploys within 15 minutes of each other being one. Each list is in order. */
function joined(changes: readonly AdvisedChange[]): readonly (readonly string[])[] {
  const groups: { sinceMs: number; services: Set<string> }[] = [];
  for (const { atMs, services } of changes.toSorted((a, b) => a.atMs - b.atMs)) {
    const last = groups.at(-1);
    const named = services.filter((service) => service !== EVERY_SERVICE);
    if (last !== undefined && named.length === 1 && atMs - last.sinceMs <= SAME_CHANGE_MS)
      for (const service of named) last.services.add(service);
    else groups.push({ sinceMs: atMs, services: new Set(named) });
  }
  return groups.map(({ services }) => [...services].toSorted());
}

function chattyOf({ graph, countedMs }: AdviceGround, together: readonly Together[]): readonly Advice[] {
  if (countedMs <= 0) return [];
  const services = new Set(graph.nodes.filter(({ kind }) => kind === "service").map(({ id }) => id));
  const pairs = new Set(together.map(({ services }) => services.join("\n")));
  return graph.edges
    .filter(({ from, to }) => from !== to && services.has(from) && services.has(to))
    .map(({ from, to, calls }) => ({
      kind: "chatty" as const,
      from,
      to,
      perMonth: Math.round((calls * MONTH_MS) / countedMs),
      together: pairs.has([from, to].toSorted().join("\n")),
    }))
    .filter(({ perMonth }) => perMonth > CHATTY_PER_MONTH)
    .toSorted((a, b) => Number(b.together) - Number(a.together) || b.perMonth - a.perMonth)
    .slice(0, MOST_OF_KIND);
}

/** The service that a timeout waits for: its name, up to the operation (as the interlock reads it). */
const calleeOf = (name: string): string => name.split(".", 1)[0] ?? name;

function timeoutsOf(graph: Graph, levers: readonly AdvisedLever[]): readonly Advice[] {
  const timeouts = levers.filter(({ kind, timeoutMs }) => kind === "timeout" && timeoutMs !== undefined);
  const obeyedBy = (service: string): readonly TimeoutPlace[] => {
    const own = timeouts.filter((one) => one.service === service);
    const shared = timeouts.filter(
      (one) => one.service === EVERY_SERVICE && !own.some(({ name }) => name === one.name),
    );
    return [...own, ...shared].map(({ service, name, timeoutMs = 0 }) => ({ service, name, ms: timeoutMs }));
  };
  const calls = (from: string, to: string): boolean =>
    graph.edges.some((edge: GraphEdge) => edge.from === from && edge.to === to);
  return graph.edges
    .flatMap(({ from, to }) =>
      obeyedBy(from)
        .filter(({ name }) => calleeOf(name) === to)
        .flatMap((caller) =>
          obeyedBy(to)
            .filter(({ name, ms }) => ms >= caller.ms && calleeOf(name) !== to && calls(to, calleeOf(name)))
            .map((callee): Advice => ({ kind: "timeout", caller, callee })),
        ),
    )
    .slice(0, MOST_OF_KIND);
}

function unreadOf({ levers, decided, nowMs }: AdviceGround): readonly Advice[] {
  return levers
    .map(({ service, kind, name, updatedMs, decisions }) => ({
      lever: { service, kind, name },
      days: Math.floor((nowMs - updatedMs) / DAY_MS),
      asked: decisions > 0 || decided?.has(`${service}/${kind}/${name}`) === true,
    }))
    .filter(({ days, asked }) => !asked && days >= UNREAD_DAYS)
    .toSorted((a, b) => b.days - a.days)
    .slice(0, MOST_OF_KIND)
    .map(({ lever, days }): Advice => ({ kind: "unread", lever, days }));
}
