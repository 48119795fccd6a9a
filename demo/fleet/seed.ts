import { ulid } from "ulid";
import type { LeverPort } from "../../src/cli/lever-port.ts";
import { rpcPolicyLever, SERVICE_LEVERS, SHARED_LEVERS } from "./levers.ts";
import { ENVIRONMENT } from "./plan.ts";
import type { TokenKey } from "./token-key.ts";

/** Publishes the shop's levers where they are missing; what an operator changed is left as it is. */
export async function seedLevers(levers: LeverPort, key: TokenKey): Promise<void> {
  const standing = new Set(
    (await levers.board(ENVIRONMENT, {})).levers.map((row) => `${row.service}/${row.kind}/${row.name}`),
  );
  for (const seeds of [SHARED_LEVERS, [...SERVICE_LEVERS, rpcPolicyLever(key)]]) {
    const edits = seeds
      .filter((seed) => !standing.has(`${seed.service}/${seed.kind}/${seed.name}`))
      .map((seed) => ({ ...seed, op: "put" as const, baseRevision: 0 }));
    if (edits.length === 0) continue;
    await levers.publish({ env: ENVIRONMENT, id: ulid(), reason: "Set up the demo shop", edits });
  }
}
