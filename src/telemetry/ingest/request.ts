import type { AttributeWriter } from "./attributes.ts";
import type { Bearer } from "./bearer.ts";
import { RowWriter } from "./row-writer.ts";
import { BYTES, Cursor, Places } from "./wire.ts";

/** Why single rows were not taken. A request of which some rows were not is answered 200 with their count. */
export type Reason = "forbidden" | "time" | "id" | "kind";

/** What became of a request's rows. */
export class Outcome {
  accepted = 0;
  readonly rejected: Partial<Record<Reason, number>> = {};
  /** For whoever sent them: of the first that was not taken. */
  message = "";

  reject(reason: Reason, count: number, message: string): void {
    this.rejected[reason] = (this.rejected[reason] ?? 0) + count;
    if (this.message === "") this.message = message;
  }

  get rejectedCount(): number {
    return Object.values(this.rejected).reduce((sum, count) => sum + count, 0);
  }
}

/** How far back and ahead of now a row may lie. Days of long ago would be gone at once, and each is a part of its own. */
export interface TimeBounds {
  readonly fromMs: number;
  readonly toMs: number;
}

const HIGH = 4_294_967_296;

/** Whether nanoseconds since 1970 lie within bounds, from 8 bytes. */
export function isTimely(buffer: Buffer, start: number, bounds: TimeBounds): boolean {
  const ms = (buffer.readUInt32LE(start + 4) * HIGH + buffer.readUInt32LE(start)) / 1e6;
  return ms >= bounds.fromMs && ms <= bounds.toMs;
}

const ENVIRONMENT = "deployment.environment.name";
const SERVICE = "service.name";
/** OpenTelemetry's name of it before 1.27. */
const FORMER_ENVIRONMENT = "deployment.environment";

/** What every row of a resource begins with, made once for it. */
export class ResourcePart {
  readonly service: string;
  readonly serviceBytes: Buffer;
  /** Its attributes as a Map, with the environment that the token stands for. */
  readonly map: Buffer;

  constructor(service: string, pairs: readonly (readonly [string, string])[]) {
    const out = new RowWriter();
    out.text(service);
    this.service = service;
    this.serviceBytes = out.take();
    out.varint(pairs.length);
    for (const [key, value] of pairs) {
      out.text(key);
      out.text(value);
    }
    this.map = out.take();
  }
}

/** Reads resources and scopes, and says for whom a token may report. */
export class ResourceReader {
  readonly #attributes: AttributeWriter;
  readonly #places = new Places();
  readonly #cursor = new Cursor();

  constructor(attributes: AttributeWriter) {
    this.#attributes = attributes;
  }

  /** The part of a resource that lies there (`start` = `stop` for none); or why its rows are not taken. */
  read(buffer: Buffer, start: number, stop: number, bearer: Bearer): ResourcePart | string {
    const cursor = this.#cursor.over(buffer, start, stop);
    this.#places.clear();
    while (cursor.next()) {
      if (cursor.field !== 1) continue;
      cursor.expect(BYTES);
      this.#places.add(cursor.start, cursor.stop);
    }
    const pairs = this.#attributes.pairs(buffer, this.#places);
    const valueOf = (key: string): string | undefined => pairs.find(([name]) => name === key)?.[1];
    const service = valueOf(SERVICE) ?? "unknown_service";
    const place = bearer.place(service, valueOf(ENVIRONMENT) ?? valueOf(FORMER_ENVIRONMENT));
    if (typeof place === "string") return place;
    const others = pairs.filter(([key]) => key !== ENVIRONMENT && key !== FORMER_ENVIRONMENT);
    return new ResourcePart(service, [...others, [ENVIRONMENT, place.env]]);
  }
}
