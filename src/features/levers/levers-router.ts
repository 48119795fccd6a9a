import { environmentName, resourceKind, resourceName, resourceScope } from "@leverframe/agent/protocol";
import * as z from "zod";
import type { TargetReport } from "../../domain/convergence.ts";
import type { LeverFilter, LeverRow } from "../../domain/levers.ts";
import { guarded, router } from "../../server/trpc.ts";
import type { Stale } from "../events/environment-feed.ts";

/** A list of levers at one look. */
export interface Board {
  readonly revision: number;
  /** Empty where the environment has no head. */
  readonly epoch: string;
  readonly levers: readonly LeverRow[];
  readonly stale?: Stale;
}

/** Who reads a lever, and whom it reaches, by name. */
export interface LeverDetail {
  readonly lever: LeverRow;
  readonly readBy: readonly {
    readonly service: string;
    readonly instance: string;
    readonly decisions: number;
  }[];
  /** How its present body stands at each instance, whoever wrote it. */
  readonly reports: readonly TargetReport[];
  readonly reaches: readonly { readonly service: string; readonly instance: string; readonly zone: string }[];
}

export interface LeversPort {
  board(env: string, filter: LeverFilter): Board;
  /** Throws NOT_FOUND for a lever that is not there. */
  detail(
    env: string,
    ref: { service: string; kind: z.infer<typeof resourceKind>; name: string },
  ): LeverDetail;
}

/** Whoever may see one service of an environment sees the whole of it: a pull is judged by what stands around it. */
const viewer = { role: "viewer", on: "environment" } as const;

export const createLeversRouter = (levers: LeversPort) =>
  router({
    board: guarded(viewer)
      .input(
        z.strictObject({
          env: environmentName,
          kind: resourceKind.optional(),
          service: resourceScope.optional(),
          name: resourceName.optional(),
        }),
      )
      .query(({ input: { env, ...filter } }) => levers.board(env, filter)),
    get: guarded(viewer)
      .input(
        z.strictObject({
          env: environmentName,
          service: resourceScope,
          kind: resourceKind,
          name: resourceName,
        }),
      )
      .query(({ input: { env, ...ref } }) => levers.detail(env, ref)),
  });
