import {
  EVERY_SERVICE,
  parseForeignKey,
  parseKey,
  type Receipt,
  registryKey,
} from "@leverframe/agent/protocol";
import type { Target } from "./convergence.ts";
import { type EnvironmentState, readInstance, readReceipt } from "./environment-state.ts";

/** Everything that a change must reach, read once from the state; ask it per scope. */
export interface TargetIndex {
  /** Receipts of one service; of every service for `*`. */
  of(scope: string): readonly Target[];
  /** Plain registrations of one service; of every service for `*`. */
  foreign(scope: string): number;
  /** Instances whose code declares a lever, for the services that the scope reaches. */
  readers(
    scope: string,
    kind: string,
    name: string,
  ): { readonly declared: number; readonly of: number; readonly decisions: number };
}

interface ServiceTargets {
  readonly targets: Target[];
  readonly reads: Map<string, { declared: number; decisions: number }>;
  standing: number;
}

const nothing: readonly Target[] = [];

/** Builds the index in one walk over receipts. Pure. */
export function indexTargets(state: EnvironmentState): TargetIndex {
  const services = new Map<string, ServiceTargets>();
  const all: Target[] = [];
  for (const entry of state.receipts.values()) {
    const place = parseKey(entry.key);
    const receipt = readReceipt(entry);
    if (place.at !== "receipt" || !receipt.ok) continue;
    const target = targetOf(state, place.service, place.instance, entry.createRevision, receipt.value);
    all.push(target);
    const service: ServiceTargets = services.get(place.service) ?? {
      targets: [],
      reads: new Map(),
      standing: 0,
    };
    services.set(place.service, service);
    service.targets.push(target);
    if (receipt.value.leaving === true) continue;
    service.standing += 1;
    for (const read of receipt.value.reads) {
      const name = `${read.kind}/${read.name}`;
      const tally = service.reads.get(name) ?? { declared: 0, decisions: 0 };
      service.reads.set(name, { declared: tally.declared + 1, decisions: tally.decisions + read.decisions });
    }
  }
  const foreign = countForeign(state);
  const reached = (scope: string): readonly ServiceTargets[] => {
    if (scope === EVERY_SERVICE) return [...services.values()];
    const one = services.get(scope);
    return one === undefined ? [] : [one];
  };
  return {
    of: (scope) => (scope === EVERY_SERVICE ? all : (services.get(scope)?.targets ?? nothing)),
    foreign: (scope) =>
      scope === EVERY_SERVICE
        ? [...foreign.values()].reduce((sum, count) => sum + count, 0)
        : (foreign.get(scope) ?? 0),
    readers(scope, kind, name) {
      const sum = { declared: 0, of: 0, decisions: 0 };
      for (const service of reached(scope)) {
        const tally = service.reads.get(`${kind}/${name}`);
        sum.of += service.standing;
        sum.declared += tally?.declared ?? 0;
        sum.decisions += tally?.decisions ?? 0;
      }
      return sum;
    },
  };
}

function targetOf(
  state: EnvironmentState,
  service: string,
  instance: string,
  since: number,
  receipt: Receipt,
): Target {
  const entry = state.registry.get(registryKey(state.env, service, instance));
  const registration = entry && readInstance(entry);
  const known = registration?.ok === true ? registration.value : undefined;
  return {
    service,
    instance,
    zone: known?.zone ?? "",
    since,
    registered: known !== undefined && known.incarnation === receipt.incarnation,
    receipt,
  };
}

function countForeign(state: EnvironmentState): Map<string, number> {
  const counts = new Map<string, number>();
  for (const key of state.foreign.keys()) {
    const place = parseForeignKey(key);
    if (place !== undefined) counts.set(place.service, (counts.get(place.service) ?? 0) + 1);
  }
  return counts;
}
