import type { FlagHandle } from "../levers/index.ts";
import type { Effective } from "../live-state/index.ts";
import { EVERY_SERVICE } from "../protocol/index.ts";
import {
  type Answer,
  type Context,
  FlagTable,
  type FoundFlag,
  type Surroundings,
  type TableLever,
} from "../rules/index.ts";

export interface LiveFlagsOptions {
  readonly env: string;
  readonly service: string;
  readonly instance: string;
  readonly hostname: string;
  /** What is in force; another map for another state. */
  readonly effective: () => ReadonlyMap<string, Effective>;
  /** Undefined past the bound of what is counted. */
  readonly declare: (kind: "switch" | "config", name: string) => FlagHandle | undefined;
  readonly nowMs: () => number;
  readonly random: () => number;
}

/** The flags of an agent's service, as OpenFeature and OFREP ask for them. */
export interface FlagReader {
  /** Evaluates one and counts it as read. Never throws. */
  evaluate(key: string, context: Context): Answer;
  /** Evaluates all, under each key that they are listed by, and counts them as read. */
  evaluateAll(context: Context): Iterable<readonly [string, Answer]>;
  /** The table of the present state. It stays as it is when a later revision applies. */
  table(): FlagTable;
}

/** Flags over what is in force at this moment, compiled once a revision and only when somebody asks. */
export class LiveFlags implements FlagReader {
  readonly #options: LiveFlagsOptions;
  #of: ReadonlyMap<string, Effective> | undefined;
  #table: FlagTable | undefined;
  readonly #handles = new WeakMap<FoundFlag, FlagHandle>();

  constructor(options: LiveFlagsOptions) {
    this.#options = options;
  }

  /** What a config's own decisions stand on; flags that it requires are looked up in the present state. */
  get around(): Surroundings {
    return this.table().around;
  }

  table(): FlagTable {
    const effective = this.#options.effective();
    if (this.#table === undefined || this.#of !== effective) {
      const { env, service, instance, hostname, nowMs, random } = this.#options;
      const defaults = { appName: service, environment: env, hostname };
      this.#table = new FlagTable(this.#levers(effective), { instance, around: { nowMs, random, defaults } });
      this.#of = effective;
    }
    return this.#table;
  }

  evaluate(key: string, context: Context): Answer {
    const table = this.table();
    const found = table.find(key);
    if (found === undefined) return table.evaluate(key, context);
    this.#handleOf(found)?.count();
    return found.evaluate(context);
  }

  #handleOf(found: FoundFlag): FlagHandle | undefined {
    const known = this.#handles.get(found);
    if (known !== undefined) return known;
    const handle = this.#options.declare(found.kind, found.name);
    if (handle !== undefined) this.#handles.set(found, handle);
    return handle;
  }

  *evaluateAll(context: Context): Iterable<readonly [string, Answer]> {
    for (const key of this.table().keys()) yield [key, this.evaluate(key, context)];
  }

  *#levers(effective: ReadonlyMap<string, Effective>): Iterable<TableLever> {
    for (const { kind, name, lever, revision, stream } of effective.values()) {
      if (lever.kind !== "switch" && lever.kind !== "config") continue;
      const service = stream === "own" ? this.#options.service : EVERY_SERVICE;
      yield { kind: kind as "switch" | "config", name, service, revision, resource: lever.resource };
    }
  }
}
