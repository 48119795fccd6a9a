import {
  type Etcd,
  type KeyValue,
  Mirror,
  type MirrorBatch,
  type MirrorOptions,
} from "@leverframe/agent/etcd";
import { counterOf, type GroupLoad, groupOf } from "./group-load.ts";

/**
 * Watches a mirror for what it must never do, batch by batch: a revision that does not rise, a group of keys that is
 * readable in part, an acknowledged revision left out, a state that is not what a fresh list shows.
 */
export class MirrorWitness {
  readonly mirror: Mirror;
  readonly violations: string[] = [];
  readonly batches: { kind: string; revision: number; cause?: string; newEpoch?: string; changes: number }[] =
    [];
  readonly #prefix: string;
  readonly #keysPerGroup: number;
  readonly #applied = new Set<number>();
  readonly #states: string[] = [];
  /** Revisions that a list stood in for: (from, to]. */
  #gaps: { from: number; to: number }[] = [];
  #last = 0;
  changes = 0;
  latestCause = "";

  constructor(options: Omit<MirrorOptions, "onBatch"> & { keysPerGroup: number }) {
    this.#prefix = options.prefix;
    this.#keysPerGroup = options.keysPerGroup;
    this.mirror = new Mirror({
      ...options,
      onBatch: (batch) => this.#see(batch),
      onStatus: (status) => {
        this.#states.push(status.state);
        options.onStatus?.(status);
      },
      onError: (error) => this.violations.push(`onError: ${String(error)}`),
    });
  }

  get states(): readonly string[] {
    return this.#states;
  }

  /** Lists that the rules allow: the first, and one for each compaction, cancel, and epoch. */
  get allowedRelists(): number {
    const { compactions, cancels, epochs } = this.mirror.counters;
    return compactions + cancels + epochs;
  }

  /** Waits until the mirror has applied this revision. */
  async reach(revision: number, deadlineMs = 30_000): Promise<void> {
    const untilMs = performance.now() + deadlineMs;
    while (this.mirror.revision < revision) {
      if (performance.now() > untilMs)
        throw new Error(
          `mirror is at ${this.mirror.revision}, not ${revision}: ${JSON.stringify(this.mirror.status)}`,
        );
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** Everything that is wrong at the end: also against a fresh list, and against what was acknowledged. */
  async verdict(etcd: Etcd, load?: GroupLoad): Promise<string[]> {
    const wrong = [...this.violations];
    const fresh = await freshList(etcd, this.#prefix);
    const held = this.mirror.entries;
    for (const [key, entry] of fresh) {
      const mine = held.get(key);
      if (!mine) wrong.push(`lacks ${key}`);
      else if (mine.modRevision !== entry.modRevision || !mine.value.equals(entry.value))
        wrong.push(`${key} at ${mine.modRevision}, not ${entry.modRevision}`);
    }
    for (const key of held.keys()) if (!fresh.has(key)) wrong.push(`holds ${key}, which is gone`);
    for (const revision of load?.acknowledged ?? [])
      if (
        !this.#applied.has(revision) &&
        !this.#gaps.some((gap) => revision > gap.from && revision <= gap.to)
      )
        wrong.push(`revision ${revision} was never applied`);
    if (this.mirror.counters.relists > this.allowedRelists)
      wrong.push(`${this.mirror.counters.relists} relists, ${this.allowedRelists} allowed`);
    return wrong;
  }

  #see(batch: MirrorBatch): void {
    const newEpoch = batch.kind === "list" ? batch.newEpoch : undefined;
    const cause = batch.kind === "list" ? batch.cause : undefined;
    this.changes += batch.changes.length;
    this.batches.push({
      kind: batch.kind,
      revision: batch.revision,
      changes: batch.changes.length,
      ...(cause === undefined ? {} : { cause }),
      ...(newEpoch === undefined ? {} : { newEpoch }),
    });
    if (newEpoch !== undefined) {
      this.#last = 0;
      this.#applied.clear();
      this.#gaps = [];
    }
    if (batch.revision <= this.#last) this.violations.push(`revision ${batch.revision} after ${this.#last}`);
    if (batch.kind === "list") this.#gaps.push({ from: this.#last, to: batch.revision });
    else this.#applied.add(batch.revision);
    this.#last = batch.revision;
    if (this.mirror.revision !== batch.revision)
      this.violations.push(`mirror.revision ${this.mirror.revision} in the batch of ${batch.revision}`);
    this.#checkGroups(batch);
  }

  #checkGroups(batch: MirrorBatch): void {
    const { entries } = this.mirror;
    const keys =
      batch.kind === "list"
        ? [...batch.entries.keys()]
        : batch.changes.map((change) => (change.type === "put" ? change.entry.key : change.key));
    const groups = new Set(keys.filter((key) => /\/g\d+\/k\d+$/.test(key)).map(groupOf));
    for (const group of groups) {
      const counters = new Set<string>();
      for (let i = 0; i < this.#keysPerGroup; i++) {
        const entry = entries.get(`${group}/k${i}`);
        counters.add(entry ? counterOf(entry.value) : "absent");
      }
      if (counters.size > 1)
        this.violations.push(`at ${batch.revision}: ${group} in part: ${[...counters].join(" ")}`);
    }
  }
}

/** All keys of a prefix at one revision, read without the mirror's code. */
export async function freshList(etcd: Etcd, prefix: string): Promise<Map<string, KeyValue>> {
  const found = new Map<string, KeyValue>();
  let from = prefix;
  let revision: number | undefined;
  for (;;) {
    const page = await etcd.range({
      prefix,
      from,
      limit: 100,
      deadlineMs: 10_000,
      ...(revision === undefined ? {} : { revision }),
    });
    revision ??= page.revision;
    for (const entry of page.kvs) found.set(entry.key, entry);
    const last = page.kvs.at(-1);
    if (!page.more || !last) return found;
    from = `${last.key}\0`;
  }
}
