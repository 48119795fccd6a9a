/** What stands where something was cut out. */
export const REDACTED = "[redacted]";

/** Keys whose values nobody should read in a trace, wherever they end up in a name: `http.request.header.authorization`. */
const SECRET_KEYS =
  /pass(?:word|wd|phrase)|secret|authorization|cookie|api[-_.]?key|(?:^|[-_.])token$|(?:access|refresh|id|auth|session|csrf|bearer)[-_.]?token|credential|private[-_.]?key|session[-_.]?id|card[-_.]?(?:number|no)|cvv|cvc|(?:^|[-_.])(?:ssn|iban|pin)$/i;

/** Values that are secrets by their form, wherever they stand. */
const SECRET_FORMS: readonly RegExp[] = [
  /\b(?:Bearer|Basic)\s+[A-Za-z0-9._~+/-]{8,}=*/gi,
  /\beyJ[\w-]{5,}\.[\w-]{5,}\.[\w-]*/g,
  /\bAKIA[0-9A-Z]{16}\b/g,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  /(?<=:\/\/)[^\s/:@]{1,200}:[^\s/@]{1,200}(?=@)/g,
];
const CARD = /\b\d(?:[ -]?\d){12,18}\b/g;
const CARD_DIGITS = 13;
const KEYS_KNOWN = 10_000;

const SPACE = 32;
const MINUS = 45;
const AT = 64;

export interface RedactionRules {
  /** Keys beside those that ship, in any case; `*` stands for anything. */
  readonly keys: readonly string[];
  /** Expressions whose matches are cut out of every value beside those that ship. */
  readonly patterns: readonly string[];
}

/**
 * Cuts out of attributes what looks like a secret, by key and by form, and counts it. Bytes are looked at first: most
 * values hold nothing that any form could begin with, and stay as they are.
 */
export class Redaction {
  /** Values that were cut or replaced since the start. */
  count = 0;
  readonly #own: readonly RegExp[];
  readonly #ownKeys: readonly RegExp[];
  readonly #keys = new Map<string, boolean>();

  /** Throws a `SyntaxError` for a pattern that is none. */
  constructor(rules: RedactionRules = { keys: [], patterns: [] }) {
    this.#own = rules.patterns.map((pattern) => new RegExp(pattern, "g"));
    this.#ownKeys = rules.keys.map((key) => new RegExp(`^${key.split("*").map(escaped).join(".*")}$`, "i"));
  }

  /** Whether a key's value is to be replaced whole. Judged once for each key, for the 10,000 first ones. */
  hidesKey(key: string): boolean {
    const known = this.#keys.get(key);
    if (known !== undefined) return known;
    const hides = SECRET_KEYS.test(key) || this.#ownKeys.some((one) => one.test(key));
    if (this.#keys.size < KEYS_KNOWN) this.#keys.set(key, hides);
    return hides;
  }

  /** Whether a value must be read as text: it could hold something to cut out. */
  suspects(bytes: Buffer, start: number, stop: number): boolean {
    if (this.#own.length > 0) return true;
    if (stop - start < 8) return false;
    let digits = 0;
    let before = 0;
    for (let at = start; at < stop; at += 1) {
      const byte = bytes[at] ?? 0;
      if (byte >= 48 && byte <= 57) {
        digits += 1;
        if (digits >= CARD_DIGITS) return true;
      } else if (byte === MINUS) {
        if (before === MINUS) return true;
      } else if (byte === SPACE) {
        // The end of Bearer or Basic; between the groups of a card's number it goes on.
        if ((before | 32) === 114 || (before | 32) === 99) return true;
      } else {
        digits = 0;
        if (byte === AT) return true;
        // eyJ, AKIA
        if (byte === 74 && before === 121) return true;
        if (byte === 75 && before === 65) return true;
      }
      before = byte;
    }
    return false;
  }

  /** A value without what looks like a secret. */
  clean(text: string): string {
    let cleaned = text;
    for (const form of [...SECRET_FORMS, ...this.#own]) cleaned = cleaned.replace(form, REDACTED);
    cleaned = cleaned.replace(CARD, (found) => (isCard(found) ? REDACTED : found));
    if (cleaned !== text) this.count += 1;
    return cleaned;
  }
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** By the check digit of ISO/IEC 7812 (Luhn): an order's number of 16 digits is rarely one. */
function isCard(text: string): boolean {
  const digits = text.replace(/\D/g, "");
  let sum = 0;
  for (let index = 0; index < digits.length; index += 1) {
    const digit = Number(digits[digits.length - 1 - index]);
    const doubled = index % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}
