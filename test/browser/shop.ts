import { shopUrl } from "./fixtures.ts";

export const USERS = 2_000;
const AT_ONCE = 16;

/** A part of the storefront as one user gets it: `normal`, `degraded` or `failed`. */
export async function partFor(user: string, part: "comments" | "goods" | "recommendations"): Promise<string> {
  const response = await fetch(`${shopUrl()}/?user=${user}`, { signal: AbortSignal.timeout(10_000) });
  const found = new RegExp(`<section id="${part}" data-state="(\\w+)">`).exec(await response.text());
  return found?.[1] ?? "not there";
}

/** Who of `u-1` … `u-2000` gets a part degraded: read from the page that each of them is served. */
export async function degradedUsers(part: Parameters<typeof partFor>[1]): Promise<ReadonlySet<number>> {
  const degraded = new Set<number>();
  let next = 1;
  const reader = async (): Promise<void> => {
    for (let user = next++; user <= USERS; user = next++) {
      if ((await partFor(`u-${user}`, part)) === "degraded") degraded.add(user);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, reader));
  return degraded;
}
