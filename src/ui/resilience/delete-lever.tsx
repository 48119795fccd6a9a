"use client";

import { useTranslations } from "next-intl";
import { useState } from "react";
import { ulid } from "ulid";
import { client } from "../api/client.ts";
import type { ChangeSetInput, LeverRow } from "../api/contract.ts";
import { useStale } from "../api/queries.ts";
import { formatRef } from "../api/ref.ts";
import { useDraftText } from "../drafts.ts";
import { BlastRadius } from "../foresight/blast-radius.tsx";
import { Button } from "../kit/button.tsx";
import { Callout } from "../kit/callout.tsx";
import { ChangeStep, LOOKING, ReasonField, useDryRun } from "../publish/change-step.tsx";
import { isBusy, useSend } from "../publish/use-send.ts";

interface DeleteLeverProps {
  readonly env: string;
  readonly row: LeverRow;
  readonly onKeep: () => void;
  /** It is gone, or about to be: nothing that was done with it before counts any more. */
  readonly onDeleted: () => void;
}

/** Takes a lever away, with a reason and the interlock's word; what instances then go by is said. */
export function DeleteLever({ env, row, onKeep, onDeleted }: DeleteLeverProps) {
  const t = useTranslations("breakers");
  const { state, send } = useSend();
  const [reason, setReason] = useDraftText(`${env}/delete/${formatRef(row)}`);
  const [id, setId] = useState(() => ulid());
  const stale = useStale(env) !== undefined;
  const { service, kind, name, revision } = row;
  const input = (why: string, overriding: string): ChangeSetInput => ({
    env,
    id,
    reason: why,
    ...(overriding.trim() === "" ? {} : { override: { reason: overriding.trim() } }),
    edits: [{ service, kind, name, op: "delete", baseRevision: revision }],
  });
  const dryRun = useDryRun(
    ["delete", env, formatRef(row), revision],
    (call) => client.publish.dryRun.mutate(input(LOOKING, ""), call),
    !isBusy(state) && !stale,
  );
  const submit = async (overriding: string): Promise<void> => {
    const { phase } = await send(id, () => client.publish.commit.mutate(input(reason.trim(), overriding)));
    if (phase === "published") {
      setReason("");
      onDeleted();
      onKeep();
    } else if (phase !== "unanswered") setId(ulid());
  };
  return (
    <section aria-label={t("deleteTitle", { name })} className="flex flex-col gap-4">
      <Callout tone="warning" title={t("deleteTitle", { name })}>
        {t("deleteDetail")}
      </Callout>
      <BlastRadius env={env} services={[service]} />
      <ReasonField value={reason} disabled={isBusy(state)} onChange={setReason} />
      <ChangeStep
        env={env}
        service={service}
        state={state}
        dryRun={dryRun}
        action={t("deleteAction", { name })}
        missing={stale ? t("missing.readOnly") : reason.trim() === "" ? t("missing.reason") : undefined}
        onSubmit={(overriding) => void submit(overriding)}
      >
        <Button onClick={onKeep}>{t("deleteKeep")}</Button>
      </ChangeStep>
    </section>
  );
}
