import { createHash } from "node:crypto";
import { Bearer, type TokenRights } from "./bearer.ts";
import type { Body } from "./body.ts";
import type { ByteBudget } from "./byte-budget.ts";
import { count, type IngestCounters } from "./counters.ts";
import type { GroupCommit } from "./group-commit.ts";
import { metricsTable, TRACES_TABLE } from "./inserter.ts";
import { protobufOfJson } from "./json.ts";
import { METRICS, TRACES } from "./json-schema.ts";
import { MetricDecoder } from "./metrics.ts";
import type { Redaction } from "./redaction.ts";
import { Refusal } from "./refusal.ts";
import type { Outcome } from "./request.ts";
import { TraceDecoder } from "./traces.ts";
import { MalformedError } from "./wire.ts";

export type Signal = "traces" | "metrics";

export interface IntakeOptions {
  readonly commit: GroupCommit;
  readonly budget: ByteBudget;
  readonly redaction: Redaction;
  readonly counters: IngestCounters;
  /** Wall time in ms. */
  readonly nowMs: () => number;
  /** Asks for all tokens that count: one that is not known here may have been made a moment ago. */
  readonly askTokens: () => void;
}

/** How long a token that is not known is asked for; and between two such questions, however many come with none. */
const ASK_MS = 2_000;
const ASK_EVERY_MS = 250;

const DAY_MS = 24 * 3_600_000;
/** As long as the store keeps them, and a clock that is ahead. */
const BACK_MS: Readonly<Record<Signal, number>> = { traces: 7 * DAY_MS, metrics: 30 * DAY_MS };
const AHEAD_MS = 3_600_000;

/** What all doors of the ingest lead to: who may come in, and from a body to stored rows. */
export class Intake {
  readonly budget: ByteBudget;
  readonly counters: IngestCounters;
  readonly #options: IntakeOptions;
  readonly #traces: TraceDecoder;
  readonly #metrics: MetricDecoder;
  #bearers = new Map<string, Bearer>();
  #askedAtMs = Number.NEGATIVE_INFINITY;
  #told: { promise: Promise<void>; resolve: () => void } | undefined;

  constructor(options: IntakeOptions) {
    this.#options = options;
    this.budget = options.budget;
    this.counters = options.counters;
    this.#traces = new TraceDecoder(options.redaction);
    this.#metrics = new MetricDecoder(options.redaction);
  }

  /** All tokens that count from now on. */
  useTokens(tokens: readonly TokenRights[]): void {
    this.#bearers = new Map(tokens.map((token) => [token.hash, new Bearer(token)]));
    this.#told?.resolve();
    this.#told = undefined;
  }

  /** Who bears the token of an Authorization header. Throws a `Refusal`. */
  async bearer(authorization: string | undefined): Promise<Bearer> {
    const token = /^Bearer (\S{1,200})$/i.exec(authorization ?? "")?.[1];
    const hash = token === undefined ? "" : createHash("sha256").update(token).digest("hex");
    if (token !== undefined && !this.#bearers.has(hash)) await this.#ask();
    const found = this.#bearers.get(hash);
    if (found === undefined || found.isOver(this.#options.nowMs())) {
      throw new Refusal(
        "unauthenticated",
        "Send a token of the role reporter: Authorization: Bearer … (OTEL_EXPORTER_OTLP_HEADERS=authorization=Bearer …)",
      );
    }
    if (!found.reports) throw new Refusal("forbidden", "This token has no rights any more.");
    return found;
  }

  /** Asks for all tokens, and waits until they come; at once where somebody asked a moment ago. */
  async #ask(): Promise<void> {
    const now = performance.now();
    if (now - this.#askedAtMs > ASK_EVERY_MS) {
      this.#askedAtMs = now;
      this.#told ??= deferred();
      this.#options.askTokens();
    }
    const late = new Promise<void>((resolve) => setTimeout(resolve, ASK_MS).unref());
    await Promise.race([this.#told?.promise, late]);
  }

  /** Refuses before a body is read what could not be held. */
  expectRoom(): void {
    if (this.budget.held >= this.budget.bound) {
      throw new Refusal("overloaded", "too much is in hand already; come again in a second");
    }
  }

  /** Takes a body's rows in; resolves once they are stored. Throws a `Refusal`. */
  async take(signal: Signal, body: Body, bearer: Bearer, isJson: boolean): Promise<Outcome> {
    const { commit, nowMs } = this.#options;
    const now = nowMs();
    const bounds = { fromMs: now - BACK_MS[signal], toMs: now + AHEAD_MS };
    let outcome: Promise<Outcome>;
    try {
      const bytes = isJson ? protobufOfJson(body.bytes, signal === "traces" ? TRACES : METRICS) : body.bytes;
      outcome = commit.add((writerOf) =>
        signal === "traces"
          ? this.#traces.decode(bytes, bearer, bounds, writerOf(TRACES_TABLE))
          : this.#metrics.decode(bytes, bearer, bounds, (kind) => writerOf(metricsTable(kind))),
      );
      // Nobody waits for it before the body is given back.
      outcome.catch(() => undefined);
    } catch (error) {
      throw refusalOf(error);
    } finally {
      body.done();
    }
    try {
      const settled = await outcome;
      count(this.counters.stored, signal, settled.accepted);
      for (const [reason, rows] of Object.entries(settled.rejected)) {
        count(this.counters.rejected, reason, rows);
      }
      return settled;
    } catch (error) {
      throw refusalOf(error);
    }
  }

  /** What was counted, as it stands. */
  snapshot(insertsFailed: number): IngestCounters {
    const { counters } = this;
    const cpu = process.cpuUsage();
    counters.redacted = this.#options.redaction.count;
    counters.attributesDropped =
      this.#traces.attributes.leftOut.attributes + this.#metrics.attributes.leftOut.attributes;
    counters.valuesShortened =
      this.#traces.attributes.leftOut.shortened + this.#metrics.attributes.leftOut.shortened;
    counters.heldBytes = this.budget.held;
    counters.insertsFailed = insertsFailed;
    counters.cpuSeconds = (cpu.user + cpu.system) / 1e6;
    counters.residentBytes = process.memoryUsage.rss();
    return counters;
  }
}

function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof MalformedError) return new Refusal("malformed", error.message);
  return new Refusal("failed", "the ingest has failed on this request");
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
