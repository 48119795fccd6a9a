/** Reading of JSON that strangers wrote: what is not there, or is of another kind, is empty. Pure. */
export type Json = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const objectOf = (value: unknown): Json => (isObject(value) ? value : {});

export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

export const textOf = (value: unknown): string =>
  typeof value === "string"
    ? value
    : typeof value === "number" || typeof value === "boolean"
      ? `${value}`
      : "";

export const numberOf = (value: unknown): number => {
  const number = typeof value === "number" ? value : Number(textOf(value) || Number.NaN);
  return Number.isFinite(number) ? number : 0;
};

/** Nanoseconds since 1970, which are more than a number holds exactly: as milliseconds and the rest in ns. */
export function momentOf(value: unknown): { readonly ms: number; readonly ns: number } {
  const text = textOf(value);
  if (!/^\d{1,20}$/.test(text)) return { ms: 0, ns: 0 };
  const ns = BigInt(text);
  return { ms: Number(ns / 1_000_000n), ns: Number(ns % 1_000_000n) };
}
