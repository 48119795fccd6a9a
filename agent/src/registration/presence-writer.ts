import { type Etcd, EtcdError, type Operation } from "../etcd/index.ts";
import { type Instance, type Receipt, receiptKey, registryKey } from "../protocol/index.ts";

/** Attempts where another writer of the key comes between. */
const MOST_TRIES = 5;
/** Short: what fails is soon tried again, and a heal must show within seconds. */
const RECEIPT_DEADLINE_MS = 2_000;
const CLOSE_DEADLINE_MS = 1_500;

/**
 * Writes the two keys of an instance: the registration under its lease, and the receipt without one. Each write
 * compares the receipt's mod_revision, so that a write that was given up and arrives late changes nothing.
 */
export class PresenceWriter {
  readonly #etcd: Etcd;
  readonly #registryKey: string;
  readonly #receiptKey: string;
  readonly #onRevision: (revision: number, clusterId: string) => void;
  #receiptRevision = 0;

  constructor(o: {
    etcd: Etcd;
    env: string;
    service: string;
    instance: string;
    /** Told the revision of each write. */
    onRevision: (revision: number, clusterId: string) => void;
  }) {
    this.#etcd = o.etcd;
    this.#registryKey = registryKey(o.env, o.service, o.instance);
    this.#receiptKey = receiptKey(o.env, o.service, o.instance);
    this.#onRevision = o.onRevision;
  }

  /** The registration and the receipt in one transaction. */
  async register(instance: Instance, leaseId: string, receipt: Receipt): Promise<void> {
    await this.#commit([this.#registration(instance, leaseId), this.#receipt(receipt)], RECEIPT_DEADLINE_MS);
  }

  async writeReceipt(receipt: Receipt): Promise<void> {
    await this.#commit([this.#receipt(receipt)], RECEIPT_DEADLINE_MS);
  }

  /** Says `leaving` under both keys, then deletes both: watchers see that nothing failed. */
  async leave(instance: Instance, leaseId: string | undefined, receipt: Receipt): Promise<void> {
    const leaving = this.#receipt({ ...receipt, leaving: true });
    const registration =
      leaseId === undefined ? [] : [this.#registration({ ...instance, leaving: true }, leaseId)];
    try {
      await this.#commit([...registration, leaving], CLOSE_DEADLINE_MS);
    } catch (error) {
      if (!(error instanceof EtcdError && error.code === "LEASE_NOT_FOUND")) throw error;
      await this.#commit([leaving], CLOSE_DEADLINE_MS);
    }
    await this.#commit([{ delete: this.#registryKey }, { delete: this.#receiptKey }], CLOSE_DEADLINE_MS);
  }

  #registration(instance: Instance, lease: string): Operation {
    return { put: this.#registryKey, value: JSON.stringify(instance), lease };
  }

  #receipt(receipt: Receipt): Operation {
    return { put: this.#receiptKey, value: JSON.stringify(receipt) };
  }

  async #commit(success: readonly Operation[], deadlineMs: number): Promise<void> {
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const result = await this.#etcd.txn({
        compare: [{ key: this.#receiptKey, target: "mod", equals: this.#receiptRevision }],
        success,
        failure: [{ range: { key: this.#receiptKey, keysOnly: true } }],
        deadlineMs,
      });
      if (result.succeeded) {
        this.#receiptRevision = result.revision;
        this.#onRevision(result.revision, result.clusterId);
        return;
      }
      this.#receiptRevision = result.ranges[0]?.kvs[0]?.modRevision ?? 0;
    }
    throw new EtcdError("UNKNOWN", "another process writes the receipt of this instance id all the time");
  }
}
