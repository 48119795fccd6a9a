import { formatRef, type ResourceRef } from "@leverframe/agent/protocol";
import { degradedBp } from "./interlock-levels.ts";
import type { Breach, Lever, Touched, World } from "./interlock-world.ts";

/** Whether a lever acts: a switch once it degrades anything, another kind while it exists. */
const acts = (lever: Lever | undefined): lever is Lever =>
  lever !== undefined && (lever.ref.kind !== "switch" || degradedBp((lever as Lever<"switch">).resource) > 0);

const word = (ref: ResourceRef): string => (ref.kind === "switch" ? "DEGRADED" : "there");

/** A lever acts only while each lever that it requires does; deleting one that is required breaks who requires it. */
export function judgeRequires(world: World, touched: readonly Touched[]): Breach[] {
  return concerned(world, touched, "requires").flatMap(({ lever, ref }) => {
    const other = world.lever(ref);
    const deleted =
      other === undefined && touched.some((one) => same(one.ref, ref) && one.after === undefined);
    if (acts(other) || !(acts(lever) || deleted)) return [];
    const [name, needed] = [formatRef(lever.ref), formatRef(ref)];
    return [
      {
        id: `${name} ${needed}`,
        weight: 0,
        ref: lever.ref,
        sentence: deleted
          ? `${name} requires ${needed}, which would be deleted. Take the requirement out of ${name} first, or delete both together.`
          : `${name} requires ${needed}, which is not ${word(ref)}: it would act on what is not prepared for it. ` +
            (ref.kind === "switch"
              ? `Degrade ${needed} first, or return ${name} to NORMAL before it.`
              : `Make ${needed} first.`),
      },
    ];
  });
}

/** Two levers in conflict never act together, whichever of them says so. */
export function judgeConflicts(world: World, touched: readonly Touched[]): Breach[] {
  return concerned(world, touched, "conflicts").flatMap(({ lever, ref }): Breach[] => {
    const other = world.lever(ref);
    if (!acts(lever) || !acts(other) || same(lever.ref, ref)) return [];
    const [first = "", second = ""] = [formatRef(lever.ref), formatRef(ref)].sort();
    return [
      {
        id: `${first} ${second}`,
        weight: 0,
        ref: touched.some((one) => same(one.ref, lever.ref)) ? lever.ref : ref,
        sentence: `${first} and ${second} are declared to conflict and would both act. ${
          ref.kind === "switch" ? "Return one of them to NORMAL first." : "Delete one of them first."
        }`,
      },
    ];
  });
}

const same = (a: ResourceRef, b: ResourceRef): boolean =>
  a.kind === b.kind && a.name === b.name && a.service === b.service;

/** Each link that an edited lever declares, or that is declared about it. */
function concerned(
  world: World,
  touched: readonly Touched[],
  link: "requires" | "conflicts",
): { readonly lever: Lever; readonly ref: ResourceRef }[] {
  const edited = new Set(touched.map(({ ref }) => formatRef(ref)));
  return world.linked().flatMap((lever) =>
    (lever.resource.meta[link] ?? []).flatMap((ref) => {
      if (!edited.has(formatRef(lever.ref)) && !edited.has(formatRef(ref))) return [];
      world.consulted.add(lever.ref.service).add(ref.service);
      return [{ lever, ref }];
    }),
  );
}
