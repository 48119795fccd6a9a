import { EVERY_SERVICE, parseForeignKey, parseKey } from "@leverframe/agent/protocol";
import type { EnvironmentState } from "../../domain/environment-state.ts";
import { epochOf, type LeverRow } from "../../domain/levers.ts";

/** Why what is shown may be old. */
export interface Stale {
  /** Wall time, milliseconds since 1970. */
  readonly sinceMs: number;
  readonly why: string;
}

/** What consoles are told. A payload left out means: ask again. */
export type LiveEvent =
  | {
      readonly type: "levers";
      readonly revision: number;
      readonly levers?: readonly LeverRow[];
      readonly removed?: readonly {
        readonly service: string;
        readonly kind: string;
        readonly name: string;
      }[];
    }
  | { readonly type: "convergence" }
  | { readonly type: "fleet" }
  | { readonly type: "status"; readonly stale?: Stale };

export interface FeedEvent {
  readonly sequence: number;
  readonly event: LiveEvent;
}

export interface FeedOptions {
  readonly state: EnvironmentState;
  /** Rows of the levers whose rows may differ: those of these services, or all. */
  readonly rows: (services: ReadonlySet<string> | "all") => readonly LeverRow[];
  readonly stale: () => Stale | undefined;
  /** Names this process, so that an event id of another one is not mistaken for ours. */
  readonly serverId: string;
}

/** Four times a second: an eye follows no more, and 1,000 receipts become four messages. */
export const TICK_MS = 250;
const RING = 10_000;
/** Rows that the ring keeps alive: events are small or large, memory is not to care. */
const RING_ROWS = 20_000;
const QUEUE = 64;

const rowsIn = (event: LiveEvent): number => (event.type === "levers" ? (event.levers?.length ?? 0) : 0);

/**
 * What happens in one environment, gathered at 4 Hz and told to any number of consoles. A console that comes back
 * gets what it missed, or the sign to ask for everything; one that reads too slowly too.
 */
export class EnvironmentFeed {
  readonly #options: FeedOptions;
  readonly #ring: FeedEvent[] = [];
  readonly #wakers = new Set<() => void>();
  readonly #sent = new Map<string, string>();
  readonly #dirty = new Set<string>();
  #everything = false;
  #receipts = false;
  #fleet = false;
  #stale = "";
  #sequence = 0;
  #ringRows = 0;
  #followers = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: FeedOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer ??= setInterval(() => this.tick(), TICK_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    for (const wake of this.#wakers) wake();
  }

  /** Keys changed in a room; the next tick tells. */
  touch(room: "live" | "registry" | "receipts" | "foreign", keys: Iterable<string> | "all"): void {
    if (room === "receipts") this.#receipts = true;
    if (room !== "live") this.#fleet = true;
    if (keys === "all") {
      this.#everything = true;
      return;
    }
    for (const key of keys) {
      const place = parseKey(key);
      if (place.at !== "other" && place.at !== "journal") this.#dirty.add(place.service);
      const foreign = room === "foreign" ? parseForeignKey(key) : undefined;
      if (foreign !== undefined) this.#dirty.add(foreign.service);
    }
  }

  /** Everything may look different, for a reason that no key tells. */
  touchAll(): void {
    this.#everything = true;
    this.#fleet = true;
  }

  tick(): void {
    this.#tellStatus();
    if (this.#everything || this.#dirty.size > 0) this.#tellRows();
    if (this.#receipts) this.#push({ type: "convergence" });
    if (this.#fleet) this.#push({ type: "fleet" });
    this.#everything = this.#receipts = this.#fleet = false;
    this.#dirty.clear();
  }

  /** Follows until the signal ends it. `lastEventId` is one that this method gave out before. */
  async *follow(
    lastEventId: string | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<{ id: string; event: LiveEvent }> {
    this.#followers += 1;
    try {
      yield* this.#events(lastEventId, signal);
    } finally {
      this.#followers -= 1;
    }
  }

  async *#events(
    lastEventId: string | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<{ id: string; event: LiveEvent }> {
    const resumed = this.#resumeAt(lastEventId);
    let next: number = resumed ?? this.#sequence + 1;
    if (resumed === undefined) {
      yield {
        id: this.#idOf(this.#sequence),
        event: { type: "levers", revision: this.#options.state.revision },
      };
      yield { id: this.#idOf(this.#sequence), event: this.#statusNow() };
    }
    while (!signal.aborted) {
      const oldest: number = this.#ring[0]?.sequence ?? next;
      const waiting: readonly FeedEvent[] = next < oldest ? this.#ring : this.#ring.slice(next - oldest);
      if (next < oldest || waiting.length > QUEUE) {
        next = this.#sequence + 1;
        yield {
          id: this.#idOf(this.#sequence),
          event: { type: "levers", revision: this.#options.state.revision },
        };
        continue;
      }
      for (const one of waiting) {
        next = one.sequence + 1;
        yield { id: this.#idOf(one.sequence), event: one.event };
      }
      if (waiting.length === 0) await this.#wait(signal);
      if (this.#timer === undefined) return;
    }
  }

  #idOf(sequence: number): string {
    const { state, serverId } = this.#options;
    return `${epochOf(state) ?? "none"}:${state.revision}:${serverId}:${sequence}`;
  }

  /** The sequence to go on from; undefined where only a full state will do. */
  #resumeAt(lastEventId: string | undefined): number | undefined {
    if (lastEventId === undefined) return undefined;
    const [epoch, , serverId, sequence] = lastEventId.split(":");
    const last = Number(sequence);
    const oldest = this.#ring[0]?.sequence ?? this.#sequence + 1;
    const { state } = this.#options;
    const ours = epoch === (epochOf(state) ?? "none") && serverId === this.#options.serverId;
    return ours && Number.isInteger(last) && last <= this.#sequence && last + 1 >= oldest
      ? last + 1
      : undefined;
  }

  #statusNow(): LiveEvent {
    const stale = this.#options.stale();
    return { type: "status", ...(stale === undefined ? {} : { stale }) };
  }

  #tellStatus(): void {
    const event = this.#statusNow();
    const text = event.type === "status" && event.stale ? event.stale.why : "";
    if (text === this.#stale) return;
    this.#stale = text;
    this.#push(event);
  }

  #tellRows(): void {
    // With nobody at a console, rows of a large fleet are not worked out: who comes back is told to ask.
    if (this.#followers === 0) {
      this.#push({ type: "levers", revision: this.#options.state.revision });
      return;
    }
    const shared = this.#everything || this.#dirty.has(EVERY_SERVICE) || this.#receipts;
    const services = this.#everything
      ? ("all" as const)
      : new Set(shared ? [...this.#dirty, EVERY_SERVICE] : this.#dirty);
    const rows = this.#options.rows(services);
    const levers: LeverRow[] = [];
    const standing = new Set<string>();
    for (const row of rows) {
      const name = `${row.service}/${row.kind}/${row.name}`;
      standing.add(name);
      const text = JSON.stringify(row);
      if (this.#sent.get(name) === text) continue;
      this.#sent.set(name, text);
      levers.push(row);
    }
    const removed = [...this.#sent.keys()].flatMap((name) => {
      const [service = "", kind = "", ...rest] = name.split("/");
      if (standing.has(name) || (services !== "all" && !services.has(service))) return [];
      this.#sent.delete(name);
      return [{ service, kind, name: rest.join("/") }];
    });
    if (levers.length === 0 && removed.length === 0) return;
    this.#push({ type: "levers", revision: this.#options.state.revision, levers, removed });
  }

  #push(event: LiveEvent): void {
    this.#sequence += 1;
    this.#ring.push({ sequence: this.#sequence, event });
    this.#ringRows += rowsIn(event);
    while (this.#ring.length > RING || (this.#ringRows > RING_ROWS && this.#ring.length > 1)) {
      const oldest = this.#ring.shift();
      this.#ringRows -= oldest === undefined ? 0 : rowsIn(oldest.event);
    }
    for (const wake of this.#wakers) wake();
  }

  #wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#wakers.delete(wake);
        signal.removeEventListener("abort", wake);
        resolve();
      };
      this.#wakers.add(wake);
      signal.addEventListener("abort", wake, { once: true });
    });
  }
}
