import { client } from "../api/client.ts";
import type { ChangeSetInput } from "../api/contract.ts";
import { codeOf } from "../api/errors.ts";

/**
 * Leaves a change set to be published at a moment. Safe to repeat: one that waits already under its id is ours, and its
 * first answer was lost. Rejects with a `TRPCClientError`.
 */
export async function scheduleOnce(request: ChangeSetInput, at: string): Promise<void> {
  try {
    await client.automation.schedule.mutate({ ...request, at });
  } catch (error) {
    if (codeOf(error) !== "REUSED_ID") throw error;
    const waiting = await client.automation.list.query({ env: request.env });
    if (!waiting.some(({ id }) => id === request.id)) throw error;
  }
}
