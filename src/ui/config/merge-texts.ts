import { Chunk } from "@codemirror/merge";
import { Text } from "@codemirror/state";

/**
 * Both changes over the base, line by line; undefined where both touched the same or neighbouring lines, which only
 * a person can settle. Pure.
 */
export function mergeTexts(base: string, theirs: string, yours: string): string | undefined {
  const doc = textOf(base);
  const edits = [...editsOf(doc, textOf(theirs)), ...editsOf(doc, textOf(yours))].sort(
    (a, b) => a.from - b.from || a.to - b.to,
  );
  for (const [index, edit] of edits.entries()) {
    const next = edits[index + 1];
    if (next && next.from <= edit.to) return;
  }
  // Each line with its break, the last one too: chunks count so.
  const lines = `${base}\n`;
  let merged = "";
  let position = 0;
  for (const { from, to, insert } of edits) {
    merged += lines.slice(position, from) + insert;
    position = to;
  }
  return (merged + lines.slice(position)).slice(0, -1);
}

interface LineEdit {
  readonly from: number;
  readonly to: number;
  readonly insert: string;
}

const textOf = (text: string): Text => Text.of(text.split("\n"));

/** Chunks of whole lines, each with its break. */
const editsOf = (base: Text, other: Text): LineEdit[] => {
  const text = `${other.toString()}\n`;
  return Chunk.build(base, other).map(({ fromA, toA, fromB, toB }) => ({
    from: fromA,
    to: toA,
    insert: text.slice(fromB, toB),
  }));
};
