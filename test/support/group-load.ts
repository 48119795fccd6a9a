import type { Etcd, EtcdError, Operation } from "@leverframe/agent/etcd";

export interface GroupLoadOptions {
  readonly etcd: Etcd;
  readonly prefix: string;
  readonly random: () => number;
  /** Each is a set of keys that one transaction writes together. */
  readonly groups: number;
  readonly keysPerGroup: number;
  /** Of a value, besides its counter. */
  readonly padBytes?: number;
  /** Of the transactions that delete a group, where there is one. Default 0.1. */
  readonly removeShare?: number;
  /** Written in each transaction as well, with this body. */
  readonly head?: { readonly key: string; body(): string };
}

export const groupOf = (key: string): string => key.slice(0, key.lastIndexOf("/"));
export const counterOf = (value: Buffer): string => value.toString("latin1", 0, value.indexOf(":"));

/**
 * Writes groups of keys: a transaction puts all keys of one group with one counter, or deletes them all. So whoever
 * sees two counters in a group, or half a group, sees a revision in part. Remembers every revision that was
 * acknowledged.
 */
export class GroupLoad {
  readonly acknowledged = new Set<number>();
  changes = 0;
  unknown = 0;
  #counter = 0;
  readonly #options: GroupLoadOptions;
  readonly #pad: string;
  /** What is known to be there; a group whose last outcome is unknown is in neither state. */
  readonly #present = new Set<number>();
  readonly #busy = new Set<number>();

  constructor(options: GroupLoadOptions) {
    this.#options = options;
    this.#pad = "x".repeat(options.padBytes ?? 8);
  }

  /** One transaction on a group that no other lane is at; whether it was acknowledged. */
  async step(group = this.#freeGroup()): Promise<boolean> {
    const { etcd, random, keysPerGroup, prefix, head } = this.#options;
    const of = `${prefix}g${group}`;
    const value = `${++this.#counter}:${this.#pad}`;
    // Deleting what is not there would change nothing, and have no revision of its own.
    const remove = this.#present.has(group) && random() < (this.#options.removeShare ?? 0.1);
    const success: Operation[] = Array.from({ length: keysPerGroup }, (_, i) =>
      remove ? { delete: `${of}/k${i}` } : { put: `${of}/k${i}`, value },
    );
    if (head) success.push({ put: head.key, value: head.body() });
    this.#busy.add(group);
    this.#present.delete(group);
    try {
      const { revision } = await etcd.txn({ compare: [], success });
      if (!remove) this.#present.add(group);
      this.acknowledged.add(revision);
      this.changes += keysPerGroup;
      return true;
    } catch (error) {
      if ((error as EtcdError).unknownOutcome) this.unknown++;
      return false;
    } finally {
      this.#busy.delete(group);
    }
  }

  #freeGroup(): number {
    const { groups, random } = this.#options;
    const start = Math.floor(random() * groups);
    for (let i = 0; i < groups; i++) if (!this.#busy.has((start + i) % groups)) return (start + i) % groups;
    throw new Error("more lanes than groups");
  }

  /** Steps in `lanes` at once until so many changes were acknowledged, and `until`, where given, says so too. */
  async run(options: {
    changes: number;
    lanes?: number;
    until?: () => boolean;
    pauseMs?: number;
  }): Promise<void> {
    const goal = this.changes + options.changes;
    const lane = async (): Promise<void> => {
      while (this.changes < goal || options.until?.() === false) {
        const done = await this.step();
        const waitMs = done ? (options.pauseMs ?? 0) : 20;
        if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
      }
    };
    await Promise.all(Array.from({ length: Math.min(options.lanes ?? 4, this.#options.groups) }, lane));
  }
}
