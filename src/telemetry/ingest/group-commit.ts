import { overloaded } from "./body.ts";
import { type ByteBudget } from "./byte-budget.ts";
import { RowWriter } from "./row-writer.ts";

/** Rows of one group for one table. */
export interface Batch {
  readonly table: string;
  readonly rows: number;
  readonly chunks: readonly Buffer[];
}

export interface GroupCommitOptions {
  /** Resolves once all are stored. */
  readonly store: (batches: readonly Batch[]) => Promise<void>;
  readonly budget: ByteBudget;
  /** How long the first of a group waits for others, ms. */
  readonly gatherMs?: number;
  /** How long it waits while there are few rows, ms: a quiet fleet's trickle shall not become many small inserts. */
  readonly quietMs?: number;
  /** A group of so many rows goes at once. */
  readonly mostRows?: number;
}

const GATHER_MS = 200;
const QUIET_MS = 1_000;
/** Fewer rows than a full batch of a plain SDK: nobody who sends much waits for a quiet group. */
const FEW_ROWS = 500;
const MOST_ROWS = 20_000;
/** Being stored at the same time: while one is, the next gathers. */
const AT_ONCE = 2;

/** A group that gathers: its rows by table, and who waits for them. */
class Group {
  readonly writers = new Map<string, RowWriter>();
  readonly waiting: { resolve: () => void; reject: (error: unknown) => void }[] = [];
  bytes = 0;
  /** How often it was looked at, and left to gather. */
  looks = 0;

  writer(table: string): RowWriter {
    const known = this.writers.get(table);
    if (known !== undefined) return known;
    const made = new RowWriter();
    this.writers.set(table, made);
    return made;
  }

  get rows(): number {
    return [...this.writers.values()].reduce((sum, { rows }) => sum + rows, 0);
  }
}

/**
 * Gathers the rows of several requests into one insert, since a store takes few large ones better than many small ones.
 * Each request is answered when its rows are stored, and not before. Bytes in hand are bounded by the budget.
 */
export class GroupCommit {
  readonly #options: GroupCommitOptions;
  #group = new Group();
  #underWay = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: GroupCommitOptions) {
    this.#options = options;
  }

  /**
   * Lets `write` put its rows into the group, and resolves once they are stored. What it wrote is taken back where it
   * throws, or where there is no room: then it throws a `Refusal`.
   */
  async add<Result>(write: (writerOf: (table: string) => RowWriter) => Result): Promise<Result> {
    const group = this.#group;
    const before = new Map([...group.writers].map(([table, { bytes, rows }]) => [table, { bytes, rows }]));
    const takeBack = (): void => {
      for (const [table, writer] of group.writers) {
        writer.rewind(before.get(table)?.bytes ?? 0);
        writer.rows = before.get(table)?.rows ?? 0;
      }
    };
    let result: Result;
    try {
      result = write((table) => group.writer(table));
    } catch (error) {
      takeBack();
      throw error;
    }
    const bytes = [...group.writers.values()].reduce((sum, writer) => sum + writer.bytes, 0);
    if (!this.#options.budget.take(bytes - group.bytes)) {
      takeBack();
      throw overloaded(this.#options.budget);
    }
    if (bytes === group.bytes) return result;
    group.bytes = bytes;
    const stored = new Promise<void>((resolve, reject) => group.waiting.push({ resolve, reject }));
    this.#goLater(group);
    await stored;
    return result;
  }

  /** Resolves when nothing is gathered or under way any more. */
  async drained(): Promise<void> {
    this.#go();
    while (this.#underWay > 0 || this.#group.waiting.length > 0) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      this.#go();
    }
  }

  #goLater(group: Group): void {
    if (group.rows >= (this.#options.mostRows ?? MOST_ROWS)) return this.#go();
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      if (this.#mayWait(group)) this.#goLater(group);
      else this.#go();
    }, this.#gatherMs);
  }

  get #gatherMs(): number {
    return this.#options.gatherMs ?? GATHER_MS;
  }

  #mayWait(group: Group): boolean {
    group.looks += 1;
    return (
      group === this.#group &&
      group.rows < FEW_ROWS &&
      group.looks * this.#gatherMs < (this.#options.quietMs ?? QUIET_MS)
    );
  }

  #go(): void {
    if (this.#group.waiting.length === 0 || this.#underWay >= AT_ONCE) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const group = this.#group;
    this.#group = new Group();
    this.#underWay += 1;
    void this.#store(group).finally(() => {
      this.#underWay -= 1;
      // Who has waited long enough meanwhile goes now; who came just now still gathers.
      if (this.#timer === undefined) this.#go();
    });
  }

  async #store(group: Group): Promise<void> {
    const batches = [...group.writers].map(([table, writer]) => ({
      table,
      rows: writer.rows,
      chunks: writer.chunks(),
    }));
    try {
      await this.#options.store(batches.filter(({ rows }) => rows > 0));
      for (const { resolve } of group.waiting) resolve();
    } catch (error) {
      for (const { reject } of group.waiting) reject(error);
    } finally {
      this.#options.budget.give(group.bytes);
    }
  }
}
