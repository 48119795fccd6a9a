import { isRecord } from "../../domain/stored-body.ts";

/** One thing that a lever holds: where, and what stands there. */
export interface Line {
  /** `failureRateThreshold`, `candidate.position`; of a config's text, `value:3` for its third line. */
  readonly key: string;
  readonly text: string;
}

const DEPTH = 6;

/**
 * What can be searched in a stored body, line by line: spec, a rollout's candidate, description, owner and tags. A
 * secret gives nothing but its format: neither its ciphertext nor its key is worth finding. Lazy, so that a look may end.
 */
export function* linesOf(body: Readonly<Record<string, unknown>>): Generator<Line> {
  yield* specLines(body["spec"], "");
  const { rollout, meta } = body;
  if (isRecord(rollout)) yield* specLines(rollout["candidate"], "candidate.");
  if (!isRecord(meta)) return;
  for (const key of ["description", "owner", "tags"]) yield* valueLines(meta[key], key, 0);
}

function* specLines(spec: unknown, prefix: string): Generator<Line> {
  if (!isRecord(spec)) {
    if (typeof spec === "string") yield* textLines(spec, `${prefix}value`);
    return;
  }
  for (const [key, value] of Object.entries(spec)) {
    if (key === "secret") continue;
    if (key === "value" && typeof value === "string") yield* textLines(value, `${prefix}value`);
    else yield* valueLines(value, `${prefix}${key}`, 0);
  }
}

function* textLines(text: string, key: string): Generator<Line> {
  let number = 0;
  for (let from = 0; from <= text.length; ) {
    const end = text.indexOf("\n", from);
    const to = end < 0 ? text.length : end;
    number += 1;
    const line = text.slice(from, to).trim();
    if (line !== "") yield { key: `${key}:${number}`, text: line };
    from = to + 1;
  }
}

function* valueLines(value: unknown, key: string, depth: number): Generator<Line> {
  if (value === null || value === undefined || depth > DEPTH) return;
  if (typeof value !== "object") {
    yield { key, text: `${key}: ${typeof value === "string" ? value : JSON.stringify(value)}` };
    return;
  }
  for (const [part, inner] of Object.entries(value)) yield* valueLines(inner, `${key}.${part}`, depth + 1);
}
