/** The first sentence of a reason, without its full stop: what fits into a line. */
export const firstSentence = (why: string): string => (why.split(/\.(?:\s|$)/, 1)[0] ?? why).trim();
