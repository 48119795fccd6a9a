import { EVERY_SERVICE, formatRef, type Resource, type TrafficSpec } from "@leverframe/agent/protocol";
import { specFor } from "@leverframe/agent/rules";
import type { Breach, Lever, Touched, World } from "./interlock-world.ts";

/**
 * The last healthy instance of a service stays: traffic is not taken from all of them, nor is a breaker forced open on
 * all of them at once. Nothing is said where a service has no healthy instance.
 */
export function judgeLastInstance(world: World, touched: readonly Touched[]): Breach[] {
  return touched.flatMap(({ ref }) => {
    const lever = world.lever(ref);
    if (lever === undefined || (ref.kind !== "traffic" && ref.kind !== "breaker")) return [];
    return servicesOf(world, lever).flatMap((service) => {
      const instances = world.view.instances(service);
      if (instances.length === 0) return [];
      return ref.kind === "traffic"
        ? judgeTraffic(world, service, instances, lever)
        : judgeBreaker(service, instances, lever);
    });
  });
}

/** The services that obey a lever. */
function servicesOf(world: World, { ref }: Lever): readonly string[] {
  if (ref.service !== EVERY_SERVICE) return [ref.service];
  return world.view
    .services()
    .filter(
      (service) =>
        world.lever({ ...ref, service }) === undefined &&
        (ref.kind === "traffic" || world.concerns(service, ref)),
    );
}

const specsOf = ({ spec, rollout }: Resource<"traffic">): readonly TrafficSpec[] =>
  rollout === undefined || rollout.shareBp === 0 ? [spec] : [spec, rollout.candidate];

const takesFrom = (spec: TrafficSpec, instance: string): boolean =>
  (spec.drain?.includes(instance) ?? false) ||
  (spec.isolate?.includes(instance) ?? false) ||
  spec.weights?.[instance] === 0;

function judgeTraffic(
  world: World,
  service: string,
  instances: readonly string[],
  lever: Lever<"traffic">,
): Breach[] {
  const others = world.inForce("traffic", service).filter(({ ref }) => ref.name !== lever.ref.name);
  const takenByOthers = (instance: string): boolean =>
    others.some(({ resource }) => takesFrom(resource.spec, instance));
  const emptied = specsOf(lever.resource).some((spec) =>
    instances.every((instance) => takesFrom(spec, instance) || takenByOthers(instance)),
  );
  if (!emptied) return [];
  const name = formatRef(lever.ref);
  return [
    {
      id: `${name} ${service}`,
      weight: 0,
      ref: lever.ref,
      sentence:
        `${name} would take all traffic from ${countOf(instances)} of ${service}: nobody would answer its calls. ` +
        `Leave at least one of them undrained and with a weight above 0, or start another instance first.`,
    },
  ];
}

function judgeBreaker(service: string, instances: readonly string[], lever: Lever<"breaker">): Breach[] {
  const open = (instance: string): boolean => specFor(lever.resource, instance).mode === "FORCED_OPEN";
  if (!instances.every(open)) return [];
  const name = formatRef(lever.ref);
  return [
    {
      id: `${name} ${service}`,
      weight: 0,
      ref: lever.ref,
      sentence:
        `${name} would be forced open on ${countOf(instances)} of ${service}: every call behind it would fail at once. ` +
        `Roll it out to a share of the instances first, so that at least one still calls.`,
    },
  ];
}

const countOf = (instances: readonly string[]): string => {
  const [only = ""] = instances;
  return instances.length === 1
    ? `${only}, the last healthy instance,`
    : `all ${instances.length} healthy instances`;
};
