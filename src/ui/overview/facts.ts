import type { LeverRow, ServiceRow } from "../api/contract.ts";

/** Something that is not as it should be, or as it usually is. */
export type Deviation =
  | { readonly kind: "alert"; readonly name: string; readonly service: string; readonly severity: string }
  | { readonly kind: "invalid" | "held" | "degraded" | "forced"; readonly row: LeverRow }
  | {
      readonly kind: "breaker";
      readonly service: string;
      readonly name: string;
      readonly open: number;
      readonly of: number;
    }
  | {
      readonly kind: "unproved" | "suspect" | "holding";
      readonly service: string;
      readonly instances: readonly string[];
    };

/** How much it asks to be looked at, most first. */
const ORDER: readonly Deviation["kind"][] = [
  "alert",
  "invalid",
  "breaker",
  "unproved",
  "holding",
  "held",
  "degraded",
  "forced",
  "suspect",
];

const specOf = (row: LeverRow): Readonly<Record<string, unknown>> => row.resource?.spec ?? {};

/** What is not normal in an environment, the worst first. Each lever stands once. Pure. */
export function deviationsOf(
  levers: readonly LeverRow[],
  services: readonly ServiceRow[],
  alerts: readonly Extract<Deviation, { kind: "alert" }>[],
): readonly Deviation[] {
  const found: Deviation[] = [
    ...alerts,
    ...levers.flatMap(leverDeviation),
    ...services.flatMap(breakerDeviations),
    ...services.flatMap(instanceDeviations),
  ];
  return found.toSorted((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
}

function leverDeviation(row: LeverRow): readonly Deviation[] {
  const { position, mode } = specOf(row);
  if (row.fault !== undefined) return [{ kind: "invalid", row }];
  if (row.convergence.held > 0) return [{ kind: "held", row }];
  if (row.kind === "switch" && position === "DEGRADED") return [{ kind: "degraded", row }];
  const forced = row.kind === "breaker" && (mode === "FORCED_OPEN" || mode === "DISABLED");
  return forced ? [{ kind: "forced", row }] : [];
}

/** Breakers that opened by themselves; a forced one is its lever's matter. */
function breakerDeviations({ service, instances }: ServiceRow): readonly Deviation[] {
  const counts = new Map<string, { open: number; of: number }>();
  for (const { breakers = [], state } of instances) {
    if (state !== "live") continue;
    for (const breaker of breakers) {
      const count = counts.get(breaker.name) ?? { open: 0, of: 0 };
      counts.set(breaker.name, count);
      count.of += 1;
      if (breaker.state !== "CLOSED" && (breaker.mode ?? "NORMAL") === "NORMAL") count.open += 1;
    }
  }
  return [...counts].flatMap(([name, { open, of }]): readonly Deviation[] =>
    open > 0 ? [{ kind: "breaker", service, name, open, of }] : [],
  );
}

function instanceDeviations({ service, instances }: ServiceRow): readonly Deviation[] {
  const named = (
    kind: "unproved" | "suspect" | "holding",
    isIt: (one: (typeof instances)[number]) => boolean,
  ) => {
    const found = instances.filter(isIt).map(({ instance }) => instance);
    return found.length > 0 ? [{ kind, service, instances: found }] : [];
  };
  return [
    ...named("unproved", ({ state }) => state === "unproved"),
    ...named("suspect", ({ state }) => state === "suspect"),
    ...named("holding", ({ hold }) => hold !== undefined),
  ];
}

/** Something that is under way. */
export type Motion =
  | { readonly kind: "unproved"; readonly row: LeverRow }
  | { readonly kind: "rollout"; readonly row: LeverRow; readonly shareBp: number }
  | { readonly kind: "ends"; readonly row: LeverRow; readonly at: string };

/** Changes that not every instance has proved, gray releases, and what ends by itself, soonest first. Pure. */
export function motionsOf(levers: readonly LeverRow[]): readonly Motion[] {
  const proving = levers
    .filter(({ convergence: { waiting, unproved } }) => waiting + unproved > 0)
    .map((row): Motion => ({ kind: "unproved", row }));
  const rollouts = levers.flatMap((row): readonly Motion[] =>
    row.resource?.rollout === undefined
      ? []
      : [{ kind: "rollout", row, shareBp: row.resource.rollout.shareBp }],
  );
  const ends = levers
    .flatMap((row): readonly Extract<Motion, { kind: "ends" }>[] => {
      const at = row.resource?.meta.expiry?.at;
      return at === undefined ? [] : [{ kind: "ends", row, at }];
    })
    .toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at));
  return [...proving, ...rollouts, ...ends];
}
