import { randomBytes } from "node:crypto";
import type { Etcd } from "@leverframe/agent/etcd";
import { afterAll, beforeAll } from "vitest";
import { EtcdServer, type EtcdServerOptions } from "./etcd-server.ts";

/** A name of an environment that no other test uses. */
export const freshEnvironment = (): string => `t${randomBytes(8).toString("hex")}`;

export interface WorkerEtcd {
  /** Of this file. */
  readonly server: EtcdServer;
  /** Shared by the file's tests; closed after the last. */
  readonly etcd: Etcd;
  readonly endpoint: string;
}

/**
 * One real etcd for a test file (vitest gives each file a worker of its own). Call it at the top of the file; what it
 * gives can be used inside tests and hooks. Stopped after the last test, and killed with the worker if that dies.
 */
export function useWorkerEtcd(options: EtcdServerOptions = {}): WorkerEtcd {
  let server: EtcdServer | undefined;
  let etcd: Etcd | undefined;
  beforeAll(async () => {
    server = await EtcdServer.start(options);
    etcd = server.open();
  });
  afterAll(async () => {
    etcd?.close();
    await server?.close();
  });
  const ready = <T>(value: T | undefined): T => {
    if (value === undefined) throw new Error("the worker's etcd runs inside tests and hooks only");
    return value;
  };
  return {
    get server() {
      return ready(server);
    },
    get etcd() {
      return ready(etcd);
    },
    get endpoint() {
      return ready(server).endpoint;
    },
  };
}
