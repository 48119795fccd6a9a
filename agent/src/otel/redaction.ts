import type { Attributes, AttributeValue } from "@opentelemetry/api";

/** What is redacted beside what always is. */
export interface RedactionOptions {
  /** Names of attributes whose values are never told; a name also stands for every one that ends in `.NAME`. */
  readonly keys?: readonly string[];
  /** What is cut out of every text. */
  readonly patterns?: readonly RegExp[];
}

export const REDACTED = "[redacted]";

/** Parts of an attribute's name that say that its value is a secret. */
const SECRET_KEY =
  /(?:^|[._-])(?:authorization|proxy-authorization|cookie|set-cookie|password|passwd|pwd|secret|token|api[-_]?key|private[-_]?key|credentials?|session[-_]?id|card[-_]?number|cvv|ssn)(?:$|[._-])/i;

/** What is cut out of texts that hold `needs`: a look at that is cheaper than the pattern. */
interface Secret {
  readonly needs: string;
  readonly pattern: RegExp;
}

/** What is a secret wherever it stands. All are linear in the length of the text. */
const SECRETS: readonly Secret[] = [
  { needs: " ", pattern: /\b(?:bearer|basic)\s+[\w.~+/=-]{6,}/gi },
  { needs: "eyJ", pattern: /\beyJ[\w-]{5,}\.[\w-]{5,}\.[\w-]*/g },
  { needs: "@", pattern: /\b[\w.%+-]{1,64}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,4}\b/gi },
  { needs: "://", pattern: /(?<=:\/\/)[^/\s:@]{1,128}:[^/\s@]{1,128}(?=@)/g },
  {
    needs: "=",
    pattern:
      /(?<=[?&;\s](?:password|passwd|pwd|token|access_token|secret|api_?key|sig|signature)=)[^&\s;]+/gi,
  },
];
const CARD = /\b\d(?:[ -]?\d){12,18}\b/g;

/** Cuts secrets out of attributes and texts, and counts each value that it changed. */
export class Redaction {
  readonly #keys: readonly string[];
  readonly #secrets: readonly Secret[];
  /** Values that were changed, since the start. */
  redacted = 0;

  constructor({ keys = [], patterns = [] }: RedactionOptions = {}) {
    this.#keys = keys.map((key) => key.toLowerCase());
    this.#secrets = [...SECRETS, ...patterns.map((pattern) => ({ needs: "", pattern: everywhere(pattern) }))];
  }

  /** The same object where there was nothing to cut out. */
  attributes(attributes: Attributes): Attributes {
    let changed: Attributes | undefined;
    for (const key in attributes) {
      const value = attributes[key];
      if (value === undefined) continue;
      const now = this.#isSecret(key) ? REDACTED : this.#value(value);
      if (now === value) continue;
      changed ??= { ...attributes };
      changed[key] = now;
      this.redacted++;
    }
    return changed ?? attributes;
  }

  /** A text that is no attribute: a span's name, the message of its status. */
  text(text: string): string {
    const now = this.#cut(text);
    if (now !== text) this.redacted++;
    return now;
  }

  #isSecret(key: string): boolean {
    if (SECRET_KEY.test(key)) return true;
    if (this.#keys.length === 0) return false;
    const low = key.toLowerCase();
    return this.#keys.some((secret) => low === secret || low.endsWith(`.${secret}`));
  }

  #value(value: AttributeValue): AttributeValue {
    if (typeof value === "string") return this.#cut(value);
    if (!Array.isArray(value)) return value;
    const texts = value as (string | number | boolean | null | undefined)[];
    const now = texts.map((one) => (typeof one === "string" ? this.#cut(one) : one));
    return now.every((one, index) => one === texts[index]) ? value : (now as AttributeValue);
  }

  #cut(text: string): string {
    // The shortest secret that is known.
    if (text.length < 6) return text;
    let now = text;
    for (const { needs, pattern } of this.#secrets)
      if (now.includes(needs)) now = now.replace(pattern, REDACTED);
    return now.replace(CARD, (found) => (isCard(found) ? REDACTED : found));
  }
}

const everywhere = (pattern: RegExp): RegExp =>
  pattern.global ? pattern : new RegExp(pattern.source, `${pattern.flags}g`);

/** Luhn's check (ISO/IEC 7812), so that order numbers stay. */
function isCard(text: string): boolean {
  const digits = text.replace(/\D/g, "");
  let sum = 0;
  for (let index = 0; index < digits.length; index++) {
    const digit = Number(digits[digits.length - 1 - index]);
    const doubled = digit * 2;
    sum += index % 2 === 0 ? digit : doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}
