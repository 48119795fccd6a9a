import { formatRef } from "@leverframe/agent/protocol";
import type { ChangeSetRequest } from "../../domain/change-set-request.ts";
import { DomainError, isDomainError } from "../../domain/errors.ts";
import type { Restored, RestorePlan, RestoreService } from "../back/restore-service.ts";
import type { Confirmed } from "./epoch-service.ts";

/** Change sets that the history knows and the present etcd does not: it was wiped, or restored from a backup. */
export interface Lost {
  /** When the last of them was published. */
  readonly at: string;
  readonly changeSets: number;
  /** Up to this revision the present etcd holds what the one before held; 0 for nothing. */
  readonly baseRevision: number;
}

/** What an operator needs to see before a fleet is let go on. */
export interface Recovery {
  /** Instances that obey nothing new until the data is confirmed. */
  readonly holding: readonly string[];
  readonly lost: Lost | null;
  /** What publishing the lost state again would change; levers that somebody changed since are left out. */
  readonly plan: RestorePlan | null;
}

export interface RepublishRequest extends Pick<ChangeSetRequest, "author" | "reason" | "override"> {
  readonly env: string;
  readonly groupId: string;
  readonly seen: RestorePlan["seen"];
}

export interface Republished {
  readonly restored: Restored | null;
  /** Null where no agent held to another life of the data. */
  readonly confirmed: Confirmed | null;
}

export interface RecoveryPorts {
  /** Names of instances that say by receipt that they hold. */
  readonly holding: (env: string) => readonly string[];
  /** Writes the environment's head where it is gone, under an epoch that confirms nothing: agents go on holding. */
  readonly ensureHead: (env: string) => Promise<unknown>;
  /** Whether the history has begun to follow the life of the data that etcd holds now. */
  readonly historyFollows: (env: string) => Promise<boolean>;
  readonly lost: (env: string) => Promise<Lost | undefined>;
  readonly restores: RestoreService;
  readonly confirm: (env: string, from: string | undefined) => Promise<Confirmed>;
  readonly sleep: (ms: number) => Promise<void>;
}

const HISTORY_WITHIN_MS = 10_000;
const LOOK_EVERY_MS = 200;

/**
 * The way back after etcd was wiped or restored from a backup: what differs from SQL is named, published again on
 * request, and only then confirmed, so that agents move from the last state that they had to that very state.
 */
export function createRecoveryService(ports: RecoveryPorts) {
  /** The history follows etcd's new life within seconds; before that, nothing true can be said. */
  async function historyFollows(env: string): Promise<void> {
    for (let waited = 0; ; waited += LOOK_EVERY_MS) {
      if (await ports.historyFollows(env)) return;
      if (waited >= HISTORY_WITHIN_MS) {
        throw new DomainError(
          "UNAVAILABLE",
          "The history does not follow this etcd yet: look again in a moment (leverframe history status).",
        );
      }
      await ports.sleep(LOOK_EVERY_MS);
    }
  }

  return {
    /** Throws UNAVAILABLE while etcd or SQL is away, or the history does not follow yet. */
    async examine(
      env: string,
      by: Pick<ChangeSetRequest, "author" | "override"> & { readonly groupId: string },
    ): Promise<Recovery> {
      await ports.ensureHead(env);
      await historyFollows(env);
      const holding = ports.holding(env);
      const lost = await ports.lost(env);
      if (lost === undefined) return { holding, lost: null, plan: null };
      const plan = await ports.restores.plan({ env, moment: { at: lost.at } }, by);
      return { holding, lost, plan: withoutNewer(plan, lost) };
    },

    /**
     * Publishes what a look showed, then confirms. May be repeated with the same group: what is done is not done twice.
     * Throws what a restore throws; nothing is confirmed then.
     */
    async republish(request: RepublishRequest): Promise<Republished> {
      const { env } = request;
      await historyFollows(env);
      const lost = await ports.lost(env);
      const restored =
        lost === undefined || request.seen.length === 0
          ? null
          : await ports.restores.restore({ ...request, moment: { at: lost.at } });
      if (restored !== null && restored.proposed.length > 0) return { restored, confirmed: null };
      return { restored, confirmed: await confirmIfHeld(env) };
    },
  };

  async function confirmIfHeld(env: string): Promise<Confirmed | null> {
    try {
      return await ports.confirm(env, undefined);
    } catch (error) {
      if (isDomainError(error) && error.code === "INVALID" && ports.holding(env).length === 0) return null;
      throw error;
    }
  }
}

export type RecoveryService = ReturnType<typeof createRecoveryService>;

/** Somebody's later change wins over what was lost. */
function withoutNewer(plan: RestorePlan, lost: Lost): RestorePlan {
  const kept = new Set(plan.seen.filter((one) => one.baseRevision <= lost.baseRevision).map(formatRef));
  const diffs = plan.diffs.map((diff, index) => ({ diff, sentence: plan.sentences[index] ?? "" }));
  const shown = diffs.filter(({ diff }) => kept.has(formatRef(diff.ref)));
  return {
    ...plan,
    seen: plan.seen.filter((one) => kept.has(formatRef(one))),
    diffs: shown.map(({ diff }) => diff),
    sentences: shown.map(({ sentence }) => sentence),
  };
}
