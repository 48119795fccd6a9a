import { resourceName } from "@leverframe/agent/protocol";
import { murmur3 } from "@leverframe/agent/rules";

const LONGEST_BASE = 50;

const isName = (text: string): boolean => resourceName.safeParse(text).success;

/** What a name becomes on its own: in lower case where that will do, else what is left of it and a hash of the whole. */
function nameOf(original: string): string {
  const lower = original.toLowerCase();
  return isName(lower) ? lower : hashed(original);
}

function hashed(original: string): string {
  const base = original
    .toLowerCase()
    .normalize("NFKD")
    .replace(/[^a-z0-9._-]+/g, "-")
    .replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, "")
    .slice(0, LONGEST_BASE);
  const hash = murmur3(original).toString(16).padStart(8, "0");
  return base === "" ? `flag-${hash}` : `${base}-${hash}`;
}

/**
 * Names of resources for names of features: the same each time, whatever else the file holds, but for those that differ
 * in case alone: then only the one in lower case keeps it. Pure.
 */
export function flagNames(originals: readonly string[]): ReadonlyMap<string, string> {
  const byName = new Map<string, string[]>();
  for (const original of new Set(originals)) {
    const name = nameOf(original);
    byName.set(name, [...(byName.get(name) ?? []), original]);
  }
  return new Map(
    [...byName].flatMap(([name, sharing]) =>
      sharing.map((original): [string, string] => [
        original,
        sharing.length === 1 || original === name ? name : hashed(original),
      ]),
    ),
  );
}
