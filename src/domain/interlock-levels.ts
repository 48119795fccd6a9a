import { EVERY_SERVICE, formatRef, LEVELS, type Resource, type SwitchSpec } from "@leverframe/agent/protocol";
import { WHOLE_BP } from "@leverframe/agent/rules";
import type { Breach, Lever, Touched, World } from "./interlock-world.ts";

/** 0 for core, 2 for non-core. */
const rankOf = (spec: SwitchSpec): number => LEVELS.indexOf(spec.level);

/** How much of the decisions a switch degrades, in basis points, its audience not counted. */
export function degradedBp({ spec, rollout }: Resource<"switch">): number {
  const stable = spec.position === "DEGRADED";
  if (rollout === undefined) return stable ? WHOLE_BP : 0;
  const candidate = rollout.candidate.position === "DEGRADED";
  return (candidate ? rollout.shareBp : 0) + (stable ? WHOLE_BP - rollout.shareBp : 0);
}

const shareOf = (resource: Resource | undefined): number =>
  resource === undefined ? 0 : degradedBp(resource);

const asSwitch = (lever: Lever | undefined): Lever<"switch"> | undefined =>
  lever?.ref.kind === "switch" ? lever : undefined;

/**
 * Lower levels degrade before higher ones: a switch is not put (further) into DEGRADED while one of a lower level that
 * its service obeys is degraded less. Going back to NORMAL is free. A lower switch of every service counts for a
 * service only where its code may read it.
 */
export function judgeLevels(world: World, touched: readonly Touched[]): Breach[] {
  return touched.flatMap((one) => {
    if (one.ref.kind !== "switch" || shareOf(one.after) === 0) return [];
    if (shareOf(one.after) <= shareOf(one.before)) return [];
    const high = asSwitch(world.lever(one.ref));
    if (high === undefined || rankOf(high.resource.spec) === LEVELS.length - 1) return [];
    return world.inForce("switch", one.ref.service).flatMap((low) => breach(world, high, low));
  });
}

function breach(world: World, high: Lever<"switch">, low: Lever<"switch">): Breach[] {
  const [highBp, lowBp] = [degradedBp(high.resource), degradedBp(low.resource)];
  if (rankOf(low.resource.spec) <= rankOf(high.resource.spec) || lowBp >= highBp) return [];
  if (!world.concerns(high.ref.service, low.ref)) return [];
  const [name, other] = [formatRef(high.ref), formatRef(low.ref)];
  const where = low.ref.service === EVERY_SERVICE && high.ref.service !== EVERY_SERVICE ? " there too" : "";
  return [
    {
      id: `${name} ${other}`,
      weight: highBp - lowBp,
      ref: high.ref,
      sentence:
        `${name} is ${high.resource.spec.level}, and ${other} (${low.resource.spec.level}), which counts${where}, ` +
        `${lowBp === 0 ? "stands NORMAL" : `is degraded for ${lowBp / 100} % only`}: what matters most would be given up ` +
        `before what matters less. Degrade ${other} first, or in the same change set.`,
    },
  ];
}
