import type { Etcd } from "@leverframe/agent/etcd";
import { type BackService, createBackService } from "../features/back/back-service.ts";
import { noHistory, type PastHistory } from "../features/back/former-bodies.ts";
import type { Publisher } from "../features/publish/publish-service.ts";
import { createBackStore } from "../infra/etcd/back-store.ts";
import { createPublishStore } from "../infra/etcd/publish-store.ts";

/** The ways back over one etcd an environment; without a history only as far as etcd remembers. */
export const openBack = (
  etcdOf: (env: string) => Etcd,
  publisher: Publisher,
  history: PastHistory = noHistory,
): BackService => {
  const store = createPublishStore(etcdOf);
  return createBackService({
    store: createBackStore(etcdOf),
    history,
    journal: (env, id) => store.journal(env, id),
    publisher,
    now: () => new Date(),
  });
};
