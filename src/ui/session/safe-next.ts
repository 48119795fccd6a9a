/** Only an address of this console: a link must not lead elsewhere. */
export const safeNext = (next: string | null): string =>
  next !== null && /^\/(?![/\\])/.test(next) && !next.startsWith("/login") ? next : "/overview";
