import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import type { Etcd } from "@leverframe/agent/etcd";
import type { Leadership } from "../features/leadership.ts";
import { EtcdLeadership } from "../infra/etcd/leadership.ts";
import type { Log } from "../infra/log.ts";
import type { EtcdClusters } from "./etcd-clusters.ts";

/**
 * The leads that this process stands for: one a cluster, since a write can be fenced only by a key of the etcd that it
 * goes to.
 */
export interface Leaderships {
  /** Over what `control/` holds. */
  readonly home: Leadership;
  /** Over an environment: of the cluster that holds it. */
  of(env: string): Leadership;
  close(): Promise<void>;
}

export function openLeaderships(clusters: Pick<EtcdClusters, "home" | "etcdFor">, log: Log): Leaderships {
  const id = `${hostname()}-${process.pid}-${randomBytes(3).toString("hex")}`;
  const byCluster = new Map<Etcd, EtcdLeadership>();
  const at = (etcd: Etcd): EtcdLeadership => {
    const known = byCluster.get(etcd);
    if (known !== undefined) return known;
    const made = new EtcdLeadership({ etcd, id, log });
    byCluster.set(etcd, made);
    made.start();
    return made;
  };
  return {
    home: at(clusters.home),
    of: (env) => at(clusters.etcdFor(env)),
    async close() {
      await Promise.all([...byCluster.values()].map((leadership) => leadership.close()));
    },
  };
}
