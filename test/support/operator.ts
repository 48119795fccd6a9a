import type { Etcd } from "@leverframe/agent/etcd";
import {
  type Head,
  headKey,
  type Instance,
  instanceSchema,
  liveKey,
  livePrefix,
  type Receipt,
  receiptKey,
  receiptSchema,
  registryKey,
} from "@leverframe/agent/protocol";
import { headBody } from "./bodies.ts";

/** `switch/comments` → body, or undefined to delete it. */
export type Edits = Readonly<Record<string, string | undefined>>;

/** Puts raw bodies as a hand with etcdctl would, and reads what agents wrote. One environment. */
export class Operator {
  readonly env: string;
  readonly #etcd: Etcd;

  constructor(etcd: Etcd, env: string) {
    this.#etcd = etcd;
    this.env = env;
  }

  /** One transaction: the edits, and a head that counts right. Gives its revision. */
  async commit(service: string, edits: Edits, head: Partial<Head> = {}): Promise<number> {
    const standing = await this.#etcd.range({ prefix: livePrefix(this.env, service), keysOnly: true });
    const keys = new Set(standing.kvs.map(({ key }) => key));
    keys.delete(headKey(this.env, service));
    const operations = Object.entries(edits).map(([path, body]) => {
      const [kind = "", name = ""] = path.split("/");
      const key = liveKey(this.env, { service, kind, name });
      if (body === undefined) keys.delete(key);
      else keys.add(key);
      return body === undefined ? { delete: key } : { put: key, value: body };
    });
    const value = headBody({ keyCount: keys.size, ...head });
    const result = await this.#etcd.txn({
      compare: [],
      success: [...operations, { put: headKey(this.env, service), value }],
    });
    return result.revision;
  }

  /** Without a head: what the interlock never saw. */
  async putRaw(service: string, path: string, body: string): Promise<number> {
    const [kind = "", name = ""] = path.split("/");
    return (await this.#etcd.put(liveKey(this.env, { service, kind, name }), body)).revision;
  }

  async receipt(service: string, instance: string): Promise<Receipt | undefined> {
    const found = await this.#etcd.get(receiptKey(this.env, service, instance));
    return found && receiptSchema.parse(JSON.parse(found.value.toString()));
  }

  async registration(service: string, instance: string): Promise<Instance | undefined> {
    const found = await this.#etcd.get(registryKey(this.env, service, instance));
    return found && instanceSchema.parse(JSON.parse(found.value.toString()));
  }
}
