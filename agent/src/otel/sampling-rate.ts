import type { SpecOf } from "../protocol/index.ts";

export type SamplingSpec = SpecOf<"sampling">;

/** What is known of a request when its trace begins. */
export interface Asked {
  /** The route's template or the method's path, where it is known already. */
  readonly route: string | undefined;
  /** What was asked for; where the route is not known yet, templates are tried on it. */
  readonly path: string | undefined;
}

const WHOLE_BP = 10_000;
const RANDOM_BITS = 2 ** 56;

/**
 * The share of such traces that is kept, in basis points: of the route where the lever names it, else the service's. A route
 * is named as the service writes it; `:id`, `{id}` and `*` stand for one part of a path. Pure.
 */
export function rateFor(spec: SamplingSpec, { route, path }: Asked): number {
  const { routes } = spec;
  if (routes === undefined) return spec.rateBp;
  if (route !== undefined) return routes[route] ?? spec.rateBp;
  if (path === undefined) return spec.rateBp;
  const exact = routes[path];
  if (exact !== undefined) return exact;
  for (const [template, rateBp] of Object.entries(routes)) if (isOf(template, path)) return rateBp;
  return spec.rateBp;
}

/**
 * Whether a trace is kept at a rate: the same at every process that is asked, and those kept at a lower rate are among those
 * of a higher one. The trace id's last 56 bits are its randomness (W3C Trace Context Level 2; OpenTelemetry's OTEP 235).
 */
export const isKept = (traceId: string, rateBp: number): boolean =>
  Number.parseInt(traceId.slice(-14), 16) >= (1 - rateBp / WHOLE_BP) * RANDOM_BITS;

function isOf(template: string, path: string): boolean {
  const parts = template.split("/");
  const asked = path.split("/");
  if (parts.length !== asked.length) return false;
  return parts.every((part, index) => part === asked[index] || isOpen(part));
}

const isOpen = (part: string): boolean => part === "*" || part.startsWith(":") || /^\{.+\}$/.test(part);
