import { type Cut, GROUPINGS, type Grouping } from "./view.ts";

/** Over how long calls are counted. */
export const WINDOWS = { "1m": 60_000, "5m": 300_000, "1h": 3_600_000 } as const;
export type WindowName = keyof typeof WINDOWS;

/** How much earlier the moment is that is compared with. */
export const EARLIER = { "10m": 600_000, "1h": 3_600_000, "24h": 86_400_000, "7d": 604_800_000 } as const;
export type EarlierName = keyof typeof EARLIER;

/** How far back the time line reaches, and its steps. */
export const REACHES = {
  "1h": { lengthMs: 3_600_000, stepMs: 60_000 },
  "6h": { lengthMs: 21_600_000, stepMs: 180_000 },
  "24h": { lengthMs: 86_400_000, stepMs: 720_000 },
  "7d": { lengthMs: 604_800_000, stepMs: 5_040_000 },
} as const;
export type ReachName = keyof typeof REACHES;

/** What the page shows: all of it is in the address. */
export interface TopologyState {
  /** Undefined: now. */
  readonly atMs: number | undefined;
  readonly window: WindowName;
  readonly earlier: EarlierName | undefined;
  readonly reach: ReachName;
  readonly by: Grouping;
  readonly query: string;
  readonly node: string | undefined;
  readonly edge: string | undefined;
  readonly cut: Cut;
}

const MOST_HOPS = 6;
const MOST_HIDDEN = 100;

const nameIn = <Names extends object>(names: Names, text: string | null): keyof Names | undefined =>
  text !== null && Object.hasOwn(names, text) ? (text as keyof Names) : undefined;

/** The state that an address names; what it gets wrong is as if it were not there. Pure. */
export function stateOf(search: Pick<URLSearchParams, "get">): TopologyState {
  const hops = (name: string): number => {
    const value = Number(search.get(name) ?? 1);
    return Number.isInteger(value) && value >= 0 && value <= MOST_HOPS ? value : 1;
  };
  const atMs = Number(search.get("at") ?? Number.NaN);
  const [from, to] = [search.get("from"), search.get("to")];
  return {
    atMs: Number.isInteger(atMs) && atMs > 0 ? atMs : undefined,
    window: nameIn(WINDOWS, search.get("window")) ?? "1m",
    earlier: nameIn(EARLIER, search.get("vs")),
    reach: nameIn(REACHES, search.get("reach")) ?? "1h",
    by: GROUPINGS.find((one) => one === search.get("by")) ?? "none",
    query: search.get("q") ?? "",
    node: search.get("node") ?? undefined,
    edge: from !== null && to !== null ? `${from}\n${to}` : undefined,
    cut: {
      focus: search.get("focus") ?? undefined,
      up: hops("up"),
      down: hops("down"),
      hidden: new Set((search.get("hide") ?? "").split(",").filter(Boolean).slice(0, MOST_HIDDEN)),
    },
  };
}
