/** Something that can be done from anywhere, found by any of its words in any language. */
export interface Known {
  readonly id: string;
  /** As it is shown, and what else it goes by. */
  readonly words: readonly string[];
}

/**
 * Those that hold every word of the query, in their order: what begins with it stands before what only holds it. All of
 * them for an empty query. Pure.
 */
export function narrowCommands<One extends Known>(commands: readonly One[], query: string): readonly One[] {
  const terms = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (terms.length === 0) return commands;
  const found = commands.flatMap((command) => {
    const words = command.words.map((word) => word.toLowerCase());
    if (!terms.every((term) => words.some((word) => word.includes(term)))) return [];
    const begins = terms.every((term) =>
      words.some((word) => word.split(/\s+/).some((one) => one.startsWith(term))),
    );
    return [{ command, rank: begins ? 0 : 1 }];
  });
  return found.sort((a, b) => a.rank - b.rank).map(({ command }) => command);
}
