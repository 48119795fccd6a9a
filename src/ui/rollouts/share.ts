import { bucketBp, WHOLE_BP } from "@leverframe/agent/rules";

/** Where a member joins: with every share above its bucket. */
export interface Place {
  readonly key: string;
  /** 0 … 9,999 basis points. */
  readonly bucket: number;
}

/** Shares at which hands like to stop, in basis points. */
export const DETENTS_BP = [100, 500, 1_000, 3_000, 5_000, WHOLE_BP] as const;

/** The places of some keys under a salt, the first to join first. The very function that agents decide with. */
export const placesOf = (salt: string, keys: readonly string[]): Place[] =>
  keys
    .map((key) => ({ key, bucket: bucketBp(salt, key) }))
    .sort((a, b) => a.bucket - b.bucket || (a.key < b.key ? -1 : 1));

export const isIn = (place: Place, shareBp: number): boolean => place.bucket < shareBp;

/** The least share at which one more joins, in basis points; undefined where all are in. */
export const nextJoin = (places: readonly Place[], shareBp: number): number | undefined => {
  const next = places.find((place) => !isIn(place, shareBp));
  return next === undefined ? undefined : next.bucket + 1;
};

/** Who joins and who leaves between two shares, by name. */
export const moved = (
  places: readonly Place[],
  fromBp: number,
  toBp: number,
): { readonly joins: readonly string[]; readonly leaves: readonly string[] } => ({
  joins: places.filter((place) => !isIn(place, fromBp) && isIn(place, toBp)).map(({ key }) => key),
  leaves: places.filter((place) => isIn(place, fromBp) && !isIn(place, toBp)).map(({ key }) => key),
});

/** `14.2` from what somebody typed, in basis points; undefined for what is no share. */
export function readShare(text: string): number | undefined {
  const value = Number(text.replace(",", ".").replace("%", "").trim());
  const bp = Math.round(value * 100);
  return text.trim() === "" || !Number.isFinite(value) || bp < 0 || bp > WHOLE_BP ? undefined : bp;
}

/** Keys that somebody pasted, by line, comma or space; each once, at most 5,000. */
export const readKeys = (text: string): string[] =>
  [...new Set(text.split(/[\s,;]+/).filter((key) => key !== ""))].slice(0, 5_000);
