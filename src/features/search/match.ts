/** A piece of a text with the places that were asked for, as [from, to) in UTF-16 units; in order, never overlapping. */
export interface Snippet {
  readonly text: string;
  readonly marks: readonly (readonly [from: number, to: number])[];
}

const TERMS = 8;
/** Characters of a snippet, and of those how many stand before its first mark. */
const SNIPPET_LENGTH = 120;
const BEFORE = 32;

/** The words of a query, in lower case, each once; at most 8. */
export const termsOf = (query: string): readonly string[] =>
  [...new Set(fold(query).split(/\s+/).filter(Boolean))].slice(0, TERMS);

/** In lower case, unless that moves its characters (as `İ` does): places found in it are places of the text. */
export function fold(text: string): string {
  const lower = text.toLowerCase();
  return lower.length === text.length ? lower : text;
}

/** Cuts a text around the first of the terms that it holds, and marks all of them. */
export function snippetOf(text: string, terms: readonly string[]): Snippet {
  const all = marksOf(fold(text), terms);
  if (text.length <= SNIPPET_LENGTH) return { text, marks: all };
  const first = all[0]?.[0] ?? 0;
  const from = Math.max(0, Math.min(first - BEFORE, text.length - SNIPPET_LENGTH));
  const to = from + SNIPPET_LENGTH;
  const head = from > 0 ? "…" : "";
  const tail = to < text.length ? "…" : "";
  const shift = head.length - from;
  return {
    text: `${head}${text.slice(from, to)}${tail}`,
    marks: all.filter(([, end]) => end <= to).map(([start, end]) => [start + shift, end + shift] as const),
  };
}

function marksOf(folded: string, terms: readonly string[]): readonly (readonly [number, number])[] {
  const found: [number, number][] = [];
  for (const term of terms) {
    for (let at = folded.indexOf(term); at >= 0; at = folded.indexOf(term, at + term.length)) {
      found.push([at, at + term.length]);
    }
  }
  found.sort((a, b) => a[0] - b[0] || b[1] - a[1]);
  const marks: [number, number][] = [];
  for (const mark of found) {
    const last = marks.at(-1);
    if (last !== undefined && mark[0] < last[1]) last[1] = Math.max(last[1], mark[1]);
    else marks.push([...mark]);
  }
  return marks;
}

/** How well a name answers the terms: 0 is the name itself, 1 begins with it, 2 holds it; undefined: not all of them. */
export function rankOf(name: string, terms: readonly string[]): 0 | 1 | 2 | undefined {
  const folded = fold(name);
  if (!terms.every((term) => folded.includes(term))) return undefined;
  // A part of `order/switch/checkout` counts as a name of its own.
  const parts = folded.split(/[/\s]/);
  if (terms.every((term) => parts.includes(term))) return 0;
  return terms.some((term) => parts.some((part) => part.startsWith(term))) ? 1 : 2;
}
