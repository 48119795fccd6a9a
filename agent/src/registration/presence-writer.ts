import { type Etcd, EtcdError, type Operation } from "../etcd/index.ts";
import { type Instance, type Receipt, receiptKey, receiptSchema, registryKey } from "../protocol/index.ts";

export interface PresenceWriterOptions {
  readonly etcd: Etcd;
  readonly env: string;
  readonly service: string;
  readonly instance: string;
  readonly incarnation: string;
  /** Told the revision of each write. */
  readonly onRevision: (revision: number, clusterId: string) => void;
  /** Another process bears our instance id. */
  readonly onNamesake: (incarnation: string) => void;
}

/** Attempts where another writer of the key comes between. */
const MOST_TRIES = 5;
/** Short: what fails is soon tried again, and a heal must show within seconds. */
const RECEIPT_DEADLINE_MS = 2_000;
const CLOSE_DEADLINE_MS = 1_500;

/** What to do where another process's receipt stands, or where ours was deleted. */
type Meeting = "take-over" | "give-way" | "give-way-but-restore";

/**
 * Writes the two keys of an instance: the registration under its lease, and the receipt without one. Each write
 * compares the receipt's mod_revision, so that a write that was given up and arrives late changes nothing. Where another
 * process bears the same instance id, the one that registered last has the keys; the other gives way.
 */
export class PresenceWriter {
  readonly #options: PresenceWriterOptions;
  readonly #registryKey: string;
  readonly #receiptKey: string;
  #receiptRevision = 0;
  #registered: Operation | undefined;

  constructor(options: PresenceWriterOptions) {
    const { env, service, instance } = options;
    this.#options = options;
    this.#registryKey = registryKey(env, service, instance);
    this.#receiptKey = receiptKey(env, service, instance);
  }

  /** The registration and the receipt in one transaction. */
  async register(instance: Instance, leaseId: string, receipt: Receipt): Promise<void> {
    const registration = this.#registration(instance, leaseId);
    await this.#commit([registration, this.#receipt(receipt)], RECEIPT_DEADLINE_MS, "take-over");
    this.#registered = registration;
  }

  /** The registration as it is now, under the lease that it stands under, and a receipt that goes with it. */
  async renew(instance: Instance, leaseId: string, receipt: Receipt): Promise<void> {
    const registration = this.#registration(instance, leaseId);
    await this.#commit([registration, this.#receipt(receipt)], RECEIPT_DEADLINE_MS, "give-way");
    this.#registered = registration;
  }

  /** Where the receipt was deleted by somebody, the registration may be gone as well, and goes with it. */
  async writeReceipt(receipt: Receipt): Promise<void> {
    await this.#commit([this.#receipt(receipt)], RECEIPT_DEADLINE_MS, "give-way-but-restore");
  }

  /** Says `leaving` under both keys, then deletes both: watchers see that nothing failed. */
  async leave(instance: Instance, leaseId: string | undefined, receipt: Receipt): Promise<void> {
    const leaving = this.#receipt({ ...receipt, leaving: true });
    const registration =
      leaseId === undefined ? [] : [this.#registration({ ...instance, leaving: true }, leaseId)];
    try {
      await this.#commit([...registration, leaving], CLOSE_DEADLINE_MS, "give-way");
    } catch (error) {
      if (!(error instanceof EtcdError && error.code === "LEASE_NOT_FOUND")) throw error;
      await this.#commit([leaving], CLOSE_DEADLINE_MS, "give-way");
    }
    const deletions = [{ delete: this.#registryKey }, { delete: this.#receiptKey }];
    await this.#commit(deletions, CLOSE_DEADLINE_MS, "give-way");
  }

  #registration(instance: Instance, lease: string): Operation {
    return { put: this.#registryKey, value: JSON.stringify(instance), lease };
  }

  #receipt(receipt: Receipt): Operation {
    return { put: this.#receiptKey, value: JSON.stringify(receipt) };
  }

  async #commit(operations: readonly Operation[], deadlineMs: number, meeting: Meeting): Promise<void> {
    const { etcd, onRevision, onNamesake, incarnation } = this.#options;
    let success = operations;
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const result = await etcd.txn({
        compare: [{ key: this.#receiptKey, target: "mod", equals: this.#receiptRevision }],
        success,
        failure: [{ range: { key: this.#receiptKey } }],
        deadlineMs,
      });
      if (result.succeeded) {
        this.#receiptRevision = result.revision;
        onRevision(result.revision, result.clusterId);
        return;
      }
      const found = result.ranges[0]?.kvs[0];
      const known = this.#receiptRevision;
      this.#receiptRevision = found?.modRevision ?? 0;
      if (found === undefined && meeting === "give-way-but-restore" && this.#registered !== undefined) {
        success = [this.#registered, ...operations];
      }
      const other = incarnationOf(found?.value);
      if (other === undefined || other === incarnation) continue;
      if (known > 0) onNamesake(other);
      if (meeting !== "take-over") {
        this.#receiptRevision = known;
        return;
      }
    }
    throw new EtcdError("UNKNOWN", "the receipt of this instance id is written by others all the time");
  }
}

function incarnationOf(value: Buffer | undefined): string | undefined {
  if (value === undefined) return undefined;
  try {
    return receiptSchema.parse(JSON.parse(value.toString("utf8"))).incarnation;
  } catch {
    return undefined;
  }
}
