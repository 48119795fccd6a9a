"use client";

import type { Constraint } from "@leverframe/agent/protocol";
import { useState } from "react";
import { ulid } from "ulid";
import { client } from "../api/client.ts";
import type { ChangeSetInput, EditInput } from "../api/contract.ts";
import { useDryRun } from "../publish/change-step.tsx";
import { isBusy, type Made, useSend } from "../publish/use-send.ts";
import { editOf, type RolloutRow } from "./rollout-row.ts";

/** What is done with a rollout: another share, the candidate for everybody, or the stable spec for everybody. */
export type Step =
  /** `constraints`: those that are to stand from now on; undefined leaves them as they are. */
  | { readonly to: "share"; readonly shareBp: number; readonly constraints?: readonly Constraint[] }
  | { readonly to: "promote" | "abandon" };

const changeOf = (row: RolloutRow, step: Step) => {
  if (step.to === "share") {
    const { constraints: standing, ...rollout } = row.rollout;
    const constraints = step.constraints ?? standing ?? [];
    return {
      rollout: { ...rollout, shareBp: step.shareBp, ...(constraints.length > 0 ? { constraints } : {}) },
    };
  }
  return step.to === "promote" ? { spec: row.rollout.candidate } : {};
};

/** One step of a rollout, from the draft to the answer. */
export function useRollout(env: string, row: RolloutRow, step: Step, reason: string) {
  const { state, send } = useSend();
  const [id, setId] = useState(() => ulid());
  const [made, setMade] = useState<Made>();
  const same =
    step.to === "share" &&
    step.shareBp === row.rollout.shareBp &&
    (step.constraints === undefined ||
      JSON.stringify(step.constraints) === JSON.stringify(row.rollout.constraints ?? []));
  const edit: EditInput = editOf(row, changeOf(row, step));
  const input = (why: string, overriding: string): ChangeSetInput => ({
    env,
    id,
    reason: why,
    ...(overriding.trim() === "" ? {} : { override: { reason: overriding.trim() } }),
    edits: [edit],
  });
  const dryRun = useDryRun(
    [
      "rollout",
      env,
      row.lever.service,
      row.lever.kind,
      row.lever.name,
      row.lever.revision,
      JSON.stringify(step),
    ],
    (call) => client.publish.dryRun.mutate(input(reason.trim() || "looking", ""), call),
    !same && !isBusy(state),
  );
  /** Whether it is done, as far as its author can do it. */
  const submit = async (overriding: string): Promise<boolean> => {
    const outcome = await send(id, () => client.publish.commit.mutate(input(reason.trim(), overriding)));
    if (outcome.phase === "published") setMade({ id: outcome.id, revision: outcome.result.revision });
    // What was answered is over: the next step is another change set.
    if (outcome.phase !== "unanswered" && outcome.phase !== "unavailable") setId(ulid());
    return outcome.phase === "published" || outcome.phase === "proposed";
  };
  return { edit, state, dryRun, submit, made, same };
}
