import type { LeverRow, ServiceRow } from "../api/contract.ts";
import { type LeverPair, pairOf, type Standing, standingOf } from "./effective.ts";
import type { Mode, Spec } from "./kinds.ts";

/** What a cell is drawn as. `unknown`: the agent does not say, or the instance proves nothing; `absent`: its code has no such breaker. */
export type Look = "open" | "half" | "closed" | "unknown" | "absent";

/** One instance of a service, beside one breaker. */
export interface BreakerCell {
  readonly instance: string;
  readonly zone: string;
  readonly look: Look;
  readonly mode: Mode;
  readonly standing: Standing;
}

/** One service and the breaker by which it guards a dependency. */
export interface BreakerRow extends LeverPair {
  readonly service: string;
  readonly name: string;
  readonly cells: readonly BreakerCell[];
  /** What is worst in it, which leads the row. */
  readonly worst: BreakerCell | undefined;
  readonly severity: number;
}

export const rowKey = ({ service, name }: Pick<BreakerRow, "service" | "name">): string =>
  `${service}/breaker/${name}`;

const LOOKS = { OPEN: "open", HALF_OPEN: "half", CLOSED: "closed" } as const;

/** A cell from what is known of an instance. Pure. */
export function cellOf(standing: Standing): BreakerCell {
  const { instance, zone, report, proof, spec, reads, tells } = standing;
  const proved = proof !== "unproved" && proof !== "foreign";
  const look: Look = !proved
    ? "unknown"
    : report !== undefined
      ? LOOKS[report.state]
      : tells && !reads
        ? "absent"
        : "unknown";
  return { instance, zone, look, mode: report?.mode ?? modeOf(spec), standing };
}

const modeOf = (spec: Spec | undefined): Mode => (spec?.["mode"] as Mode | undefined) ?? "NORMAL";

/** How much a cell asks to be looked at: what opened by itself first, then what somebody forced. */
export function severityOf({ look, mode }: Pick<BreakerCell, "look" | "mode">): number {
  if (look === "absent") return 0;
  if (look === "open" && mode === "NORMAL") return 6;
  if (look === "half") return 5;
  if (mode === "FORCED_OPEN") return 4;
  if (look === "unknown") return 3;
  if (mode === "DISABLED") return 2;
  return mode === "METRICS_ONLY" ? 1 : 0;
}

const { compare } = new Intl.Collator("en", { numeric: true });

/** Which breakers there are: declared by code, told of in receipts, or with a lever of the service's own. */
function namesOf({ instances }: ServiceRow, own: readonly LeverRow[]): ReadonlySet<string> {
  const names = new Set(own.map(({ name }) => name));
  for (const { reads, breakers } of instances) {
    for (const read of reads) if (read.kind === "breaker") names.add(read.name);
    for (const { name } of breakers ?? []) names.add(name);
  }
  return names;
}

/** A service's rows, and the levers that they were made with. */
interface Made {
  readonly levers: readonly LeverRow[];
  readonly rows: readonly BreakerRow[];
}
const made = new WeakMap<ServiceRow, Made>();
const sameLevers = (a: readonly LeverRow[], b: readonly LeverRow[]): boolean =>
  a.length === b.length && a.every((lever, index) => lever === b[index]);

/** Made anew only where the service, or a lever that it goes by, is another: of thousands of instances few change a second. */
function rowsOf(service: ServiceRow, own: readonly LeverRow[], shared: readonly LeverRow[]): Made["rows"] {
  const levers = [...own, ...shared];
  const before = made.get(service);
  if (before !== undefined && sameLevers(before.levers, levers)) return before.rows;
  const rows = [...namesOf(service, own)].map((name) => rowOf(service.service, name, service, levers));
  made.set(service, { levers, rows });
  return rows;
}

/** Rows of the matrix, worst first. Levers whose service is not there, or that nobody reads, have a row without cells. Pure. */
export function breakerRows(
  services: readonly ServiceRow[],
  levers: readonly LeverRow[],
): readonly BreakerRow[] {
  const breakers = levers.filter(({ kind }) => kind === "breaker");
  const shared = breakers.filter(({ service }) => service === "*");
  const own = new Map<string, LeverRow[]>();
  for (const lever of breakers) {
    const ofService = own.get(lever.service);
    if (ofService === undefined) own.set(lever.service, [lever]);
    else ofService.push(lever);
  }
  const rows = services.flatMap((service) => rowsOf(service, own.get(service.service) ?? [], shared));
  const known = new Set(rows.map(rowKey));
  const names = new Set(rows.map(({ name }) => name));
  const alone = breakers.filter(({ service, name }) =>
    service === "*" ? !names.has(name) : !known.has(`${service}/breaker/${name}`),
  );
  return [...rows, ...alone.map(({ service, name }) => rowOf(service, name, undefined, breakers))].sort(
    (a, b) => b.severity - a.severity || compare(a.service, b.service) || compare(a.name, b.name),
  );
}

/** Cells stand in the order of the fleet, by name. */
function rowOf(
  service: string,
  name: string,
  row: ServiceRow | undefined,
  breakers: readonly LeverRow[],
): BreakerRow {
  const pair = pairOf(breakers, service, "breaker", name);
  const cells = (row?.instances ?? []).map((instance) =>
    cellOf(standingOf(service, instance, pair, "breaker", name)),
  );
  const worst = cells.reduce<BreakerCell | undefined>(
    (found, cell) => (found === undefined || severityOf(cell) > severityOf(found) ? cell : found),
    undefined,
  );
  return { service, name, ...pair, cells, worst, severity: worst === undefined ? 0 : severityOf(worst) };
}

/** The same rows in an order that stood before; what is new comes last. So that nothing moves under a pointer. Pure. */
export function inOrder(rows: readonly BreakerRow[], order: readonly string[]): readonly BreakerRow[] {
  const place = new Map(order.map((key, index) => [key, index]));
  return [...rows].sort((a, b) => (place.get(rowKey(a)) ?? 1e9) - (place.get(rowKey(b)) ?? 1e9));
}

/** How many cells of a row are drawn alike. */
export interface Tally {
  readonly cell: BreakerCell;
  readonly count: number;
}

/** Cells that look alike, worst first: what a row says in words, and what it draws of a large service. Pure. */
export function tallies(cells: readonly BreakerCell[]): readonly Tally[] {
  const groups = new Map<string, { cell: BreakerCell; count: number }>();
  for (const cell of cells) {
    const key = `${cell.look} ${cell.mode}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { cell, count: 1 });
    else group.count += 1;
  }
  return [...groups.values()].sort((a, b) => severityOf(b.cell) - severityOf(a.cell));
}
