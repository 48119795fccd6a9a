import type { Etcd, Operation } from "@leverframe/agent/etcd";
import {
  EVERY_SERVICE,
  headKey,
  headSchema,
  type Instance,
  type Receipt,
  receiptKey,
  registryKey,
} from "@leverframe/agent/protocol";

/** Puts of one transaction. */
const PUTS = 120;
/** Applied whatever was published by then. */
const AHEAD = 1_000_000;
const STARTED_AT = "2026-11-01T08:00:00.000Z";

/**
 * Writes what agents write for instances `{service}-1 …`: a registration and a receipt that proves everything published
 * so far. They run nowhere and stay until deleted: this fills a console, and is no fleet.
 */
export async function registerInstances(
  etcd: Etcd,
  env: string,
  services: Readonly<Record<string, number>>,
): Promise<void> {
  const head = await etcd.get(headKey(env, EVERY_SERVICE));
  if (head === undefined) throw new Error(`there is no environment ${env}`);
  const { epoch } = headSchema.parse(JSON.parse(head.value.toString()));
  const puts: Operation[] = [];
  for (const [service, count] of Object.entries(services)) {
    for (let index = 1; index <= count; index += 1) {
      const instance = `${service}-${index}`;
      const incarnation = `i${index}`;
      const registration: Instance = {
        schema: 1,
        service,
        instance,
        incarnation,
        address: `10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}:8080`,
        version: index % 10 === 0 ? "1.4.3-rc.1" : "1.4.2",
        zone: `zone-${"abc"[index % 3]}`,
        agentVersion: "0.1.0",
        startedAt: STARTED_AT,
      };
      const receipt: Receipt = {
        schema: 1,
        epoch,
        incarnation,
        ownRevision: head.modRevision + AHEAD,
        sharedRevision: head.modRevision + AHEAD,
        delayMs: 1,
        digest: "d",
        held: [],
        unsupported: [],
        reads: [{ kind: "switch", name: "comments", decisions: index }],
      };
      puts.push({ put: registryKey(env, service, instance), value: JSON.stringify(registration) });
      puts.push({ put: receiptKey(env, service, instance), value: JSON.stringify(receipt) });
    }
  }
  for (let from = 0; from < puts.length; from += PUTS) {
    await etcd.txn({ compare: [], success: puts.slice(from, from + PUTS) });
  }
}
