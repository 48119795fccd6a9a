import { type CallPath, callPathsOf } from "./calls.ts";
import type { Trace } from "./tree.ts";

/** What one of two traces did on a call path. Means in ns; zeros where it did nothing. */
export interface Side {
  readonly spans: number;
  readonly errors: number;
  readonly meanNs: number;
  readonly selfNs: number;
}

/** `same` within a tenth, and within 0.1 ms. */
export type DifferenceWord = "only first" | "only second" | "slower" | "faster" | "same";

export interface ComparedPath {
  /** Unique in a comparison. */
  readonly key: string;
  readonly service: string;
  readonly name: string;
  readonly depth: number;
  readonly first: Side;
  readonly second: Side;
  readonly word: DifferenceWord;
  /** By how much the second is longer on this path, with all of its spans, ns. */
  readonly byNs: number;
}

const NOTHING: Side = { spans: 0, errors: 0, meanNs: 0, selfNs: 0 };
const SAME_NS = 100_000;
const SAME_PART = 0.1;

/**
 * Two traces on one tree: call paths that both have are one, those of one alone stand where they were called. In the
 * order of the first trace; what only the second has comes after its siblings. Pure.
 */
export function compareTraces(first: Trace, second: Trace): readonly ComparedPath[] {
  const [a, b] = [callPathsOf(first), callPathsOf(second)];
  const compared: ComparedPath[] = [];
  /** What is still to be compared, the next on top. */
  const stack = pairsBelow(a, -1, b, -1).toReversed();
  for (let pair = stack.pop(); pair !== undefined; pair = stack.pop()) {
    const [one, other] = [a[pair.first], b[pair.second]];
    const path = one ?? other;
    if (path === undefined) continue;
    compared.push({ key: `${pair.first} ${pair.second}`, ...comparedOf(path, one, other) });
    stack.push(
      ...pairsBelow(
        one === undefined ? [] : a,
        pair.first,
        other === undefined ? [] : b,
        pair.second,
      ).toReversed(),
    );
  }
  return compared;
}

interface Pair {
  readonly first: number;
  readonly second: number;
}

function pairsBelow(a: readonly CallPath[], of: number, b: readonly CallPath[], at: number): Pair[] {
  const others = new Map(childrenIn(b, at).map((index) => [keyOf(b[index]), index]));
  const pairs = childrenIn(a, of).map((index): Pair => {
    const key = keyOf(a[index]);
    const second = others.get(key) ?? -1;
    others.delete(key);
    return { first: index, second };
  });
  return [...pairs, ...[...others.values()].map((second): Pair => ({ first: -1, second }))];
}

const keyOf = (path: CallPath | undefined): string => `${path?.service}\n${path?.name}`;

function childrenIn(paths: readonly CallPath[], of: number): number[] {
  const children: number[] = [];
  const end = of === -1 ? paths.length : (paths[of]?.end ?? 0);
  for (let at = of + 1; at < end; at = paths[at]?.end ?? end) children.push(at);
  return children;
}

function comparedOf(
  { service, name, depth }: CallPath,
  one: CallPath | undefined,
  other: CallPath | undefined,
): Omit<ComparedPath, "key"> {
  const [first, second] = [sideOf(one), sideOf(other)];
  const byNs = (other?.totalNs ?? 0) - (one?.totalNs ?? 0);
  const differs = Math.abs(byNs) > Math.max(SAME_NS, (one?.totalNs ?? 0) * SAME_PART);
  const word =
    other === undefined
      ? "only first"
      : one === undefined
        ? "only second"
        : differs
          ? byNs > 0
            ? "slower"
            : "faster"
          : "same";
  return { service, name, depth, first, second, word, byNs };
}

const sideOf = (path: CallPath | undefined): Side =>
  path === undefined
    ? NOTHING
    : {
        spans: path.spans,
        errors: path.errors,
        meanNs: path.totalNs / path.spans,
        selfNs: path.selfNs,
      };
