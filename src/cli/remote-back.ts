import type { BackPort } from "./lever-port.ts";
import type { RemoteClient } from "./remote-client.ts";

/** The ways back through the console's API. */
export const remoteBack = ({ back }: RemoteClient["api"], call: RemoteClient["call"]): BackPort => ({
  rollback: (request) => call(() => back.rollback.mutate(request)),
  rollbackDry: (request) => call(() => back.rollbackDry.mutate(request)),
  undo: (request) => call(() => back.undo.mutate(request)),
  undoDry: (request) => call(() => back.undoDry.mutate(request)),
  planRestore: ({ service, ...target }, groupId) =>
    call(() =>
      service === undefined
        ? back.planEnvironment.mutate({ ...target, groupId })
        : back.planService.mutate({ ...target, service, groupId }),
    ),
  restore: ({ service, seen, ...request }) =>
    call(() =>
      service === undefined
        ? back.restoreEnvironment.mutate({ ...request, seen: [...seen] })
        : back.restoreService.mutate({ ...request, service, seen: [...seen] }),
    ),
});
