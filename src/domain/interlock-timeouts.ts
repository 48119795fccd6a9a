import { EVERY_SERVICE, formatRef, type Resource } from "@leverframe/agent/protocol";
import type { Breach, Lever, Touched, World } from "./interlock-world.ts";

type Timeout = Lever<"timeout">;

/** The service that a timeout waits for: its name, up to the operation. */
const calleeOf = ({ ref }: Lever): string => ref.name.split(".", 1)[0] ?? ref.name;

const valuesOf = ({ spec, rollout }: Resource<"timeout">): readonly number[] =>
  rollout === undefined || rollout.shareBp === 0
    ? [spec.timeoutMs]
    : [spec.timeoutMs, rollout.candidate.timeoutMs];

/**
 * A callee gives up before its caller does: each timeout of `D` is below each timeout on calls to `D`, in both
 * directions, whichever is edited, where both exist. One of every service counts for services that have none of that
 * name themselves; of two of every service nothing is asked, since who calls whom is not known.
 */
export function judgeTimeouts(world: World, touched: readonly Touched[]): Breach[] {
  const edited = touched.filter(({ ref }) => ref.kind === "timeout");
  if (edited.length === 0) return [];
  const all = world.levers("timeout");
  return edited.flatMap(({ ref }) => {
    const lever = world.lever(ref);
    if (lever === undefined) return [];
    // Even where the callee has none yet: one may be made at this moment.
    world.consulted.add(calleeOf(lever));
    return [
      ...calleesOf(all, lever).flatMap((callee) => breach(world, lever, callee)),
      ...callersOf(all, lever).flatMap((caller) => breach(world, caller, lever)),
    ];
  });
}

/** Whether a service obeys a timeout: its own, or that of every service where it has none of the name. */
const obeys = (all: readonly Timeout[], service: string, timeout: Timeout): boolean =>
  timeout.ref.service === service ||
  (timeout.ref.service === EVERY_SERVICE &&
    !all.some(({ ref }) => ref.service === service && ref.name === timeout.ref.name));

/** What the callee of a timeout waits for in its turn. */
function calleesOf(all: readonly Timeout[], caller: Timeout): readonly Timeout[] {
  const callee = calleeOf(caller);
  return all.filter(
    (one) =>
      calleeOf(one) !== callee &&
      (one.ref.service !== EVERY_SERVICE || caller.ref.service !== EVERY_SERVICE) &&
      obeys(all, callee, one),
  );
}

/** Who waits for a service that obeys a timeout. */
function callersOf(all: readonly Timeout[], callee: Timeout): readonly Timeout[] {
  return all.filter(
    (one) =>
      calleeOf(one) !== calleeOf(callee) &&
      (one.ref.service !== EVERY_SERVICE || callee.ref.service !== EVERY_SERVICE) &&
      obeys(all, calleeOf(one), callee),
  );
}

function breach(world: World, caller: Timeout, callee: Timeout): Breach[] {
  world.consulted.add(caller.ref.service).add(callee.ref.service);
  const callerMs = Math.min(...valuesOf(caller.resource));
  const calleeMs = Math.max(...valuesOf(callee.resource));
  if (calleeMs < callerMs) return [];
  const [outer, inner] = [formatRef(caller.ref), formatRef(callee.ref)];
  return [
    {
      id: `${outer} ${inner}`,
      weight: calleeMs - callerMs,
      ref: callee.ref,
      sentence:
        `${inner} (${calleeMs} ms) must stay below ${outer} (${callerMs} ms): the caller would give up on ` +
        `${calleeOf(caller)} while it still waits, and its work would be for nothing. Lower ${inner} or raise ${outer} first, ` +
        `or in the same change set.`,
    },
  ];
}
