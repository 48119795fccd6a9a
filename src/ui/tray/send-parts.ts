import { api } from "../api/client.ts";
import type { ChangeSetInput } from "../api/contract.ts";
import { failureOf } from "../api/errors.ts";
import { scheduleOnce } from "../publish/schedule.ts";
import type { TrayEdit } from "./tray-edit.ts";
import { noted, type Outcome, type Part, type Sent, trayOf } from "./tray-store.ts";

interface Terms {
  readonly reason: string;
  readonly override?: string | undefined;
  readonly groupId?: string | undefined;
}

/** One change set as the control plane takes it. */
export const requestOf = (
  env: string,
  id: string,
  edits: readonly TrayEdit[],
  { reason, override, groupId }: Terms,
): ChangeSetInput => ({
  env,
  id,
  ...(groupId === undefined ? {} : { groupId }),
  reason,
  ...(override === undefined ? {} : { override: { reason: override } }),
  edits: edits.map(({ edit }) => edit),
});

const running = new Map<string, Promise<{ readonly revision: number }>>();

/**
 * Sends what a tray holds as sent, part by part, and notes each outcome; parts that have one are passed over, so that
 * it is safe to repeat. Rejects with the first error that is no outcome: what comes after it is not sent. Asked for
 * while it runs, it is the same run.
 */
export function sendParts(env: string): Promise<{ readonly revision: number }> {
  const known = running.get(env);
  if (known) return known;
  const run = work(env).finally(() => running.delete(env));
  running.set(env, run);
  return run;
}

async function work(env: string): Promise<{ readonly revision: number }> {
  const store = trayOf(env);
  const { sent } = store.get();
  let revision = 0;
  for (const part of sent?.parts ?? []) {
    if (sent === undefined || part.outcome !== undefined) continue;
    const outcome = await sendPart(env, sent, part);
    store.change((before) => noted(before, part.id, outcome));
    if (outcome.phase === "published") revision = outcome.revision;
  }
  return { revision };
}

async function sendPart(env: string, sent: Sent, part: Part): Promise<Outcome> {
  const request = requestOf(env, part.id, part.edits, {
    ...sent,
    groupId: sent.parts.length > 1 ? sent.id : undefined,
  });
  try {
    if (sent.at !== undefined) {
      await scheduleOnce(request, sent.at);
      return { phase: "scheduled", at: sent.at };
    }
    const { revision } = await api.commit(request);
    return { phase: "published", revision };
  } catch (error) {
    if (failureOf(error).kind === "proposed") return { phase: "proposed" };
    throw error;
  }
}
