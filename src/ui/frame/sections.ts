import {
  Activity,
  BellRing,
  Boxes,
  ChartGantt,
  CircuitBoard,
  FileCode2,
  History,
  House,
  type LucideIcon,
  ShieldCheck,
  SlidersHorizontal,
  ToggleLeft,
  Waypoints,
} from "lucide-react";

export interface Section {
  readonly path: string;
  /** Key of `navigation` in the messages. */
  readonly label:
    | "overview"
    | "topology"
    | "metrics"
    | "traces"
    | "alerts"
    | "switches"
    | "config"
    | "rollouts"
    | "resilience"
    | "services"
    | "changes"
    | "admin";
  /** Typed after `g`. */
  readonly key: string;
  readonly Icon: LucideIcon;
}

/** The sections that exist, in the order of CONSOLE.md: Watch, Act, Fleet, Record, Admin. */
export const SECTIONS: readonly {
  readonly group: "watch" | "act" | "fleet" | "record" | "admin";
  readonly sections: readonly Section[];
}[] = [
  {
    group: "watch",
    sections: [
      { path: "/overview", label: "overview", key: "w", Icon: House },
      { path: "/topology", label: "topology", key: "t", Icon: Waypoints },
      // `/metrics` is where the control plane tells of itself to a Prometheus.
      { path: "/charts", label: "metrics", key: "m", Icon: Activity },
      { path: "/traces", label: "traces", key: "x", Icon: ChartGantt },
      { path: "/alerts", label: "alerts", key: "n", Icon: BellRing },
    ],
  },
  {
    group: "act",
    sections: [
      { path: "/switches", label: "switches", key: "s", Icon: ToggleLeft },
      { path: "/config", label: "config", key: "c", Icon: FileCode2 },
      { path: "/rollouts", label: "rollouts", key: "o", Icon: SlidersHorizontal },
      { path: "/resilience", label: "resilience", key: "r", Icon: CircuitBoard },
    ],
  },
  { group: "fleet", sections: [{ path: "/services", label: "services", key: "f", Icon: Boxes }] },
  { group: "record", sections: [{ path: "/changes", label: "changes", key: "h", Icon: History }] },
  { group: "admin", sections: [{ path: "/admin", label: "admin", key: "a", Icon: ShieldCheck }] },
];

export const ALL_SECTIONS: readonly Section[] = SECTIONS.flatMap(({ sections }) => sections);

/** A section's address in an environment. */
export const addressOf = (path: string, env: string | undefined): string =>
  env === undefined ? path : `${path}?env=${encodeURIComponent(env)}`;
