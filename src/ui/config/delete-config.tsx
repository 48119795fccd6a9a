"use client";

import { useTranslations } from "next-intl";
import { useState } from "react";
import { ulid } from "ulid";
import type { LeverDetail } from "../api/contract.ts";
import { useStale } from "../api/queries.ts";
import { useDraftText } from "../drafts.ts";
import { BlastRadius } from "../foresight/blast-radius.tsx";
import { isProduction } from "../frame/environment.tsx";
import { Callout } from "../kit/callout.tsx";
import { Field, TextInput } from "../kit/field.tsx";
import { Sheet } from "../kit/sheet.tsx";
import { ChangeStep, LOOKING, ReasonField, useDryRun } from "../publish/change-step.tsx";
import { isBusy, type Made, useSend } from "../publish/use-send.ts";
import { Reach } from "../switches/reach.tsx";
import { AddToTray } from "../tray/add-to-tray.tsx";
import { bodyOf, type TrayEdit } from "../tray/tray-edit.ts";
import { configApi } from "./api.ts";
import type { ConfigRow } from "./config-row.ts";

interface DeleteConfigProps {
  readonly env: string;
  readonly row: ConfigRow;
  readonly detail: LeverDetail | undefined;
  readonly onClose: () => void;
  readonly onDeleted: (made: Made) => void;
}

/** Takes a config away; services then use what their code declares. In production its name is typed first. */
export function DeleteConfig({ env, row, detail, onClose, onDeleted }: DeleteConfigProps) {
  const t = useTranslations("config.delete");
  const [id, setId] = useState(() => ulid());
  const [reason, setReason] = useDraftText(`${env}/delete/${row.service}/config/${row.name}`);
  const [typed, setTyped] = useState("");
  const { state, send } = useSend();
  const stale = useStale(env);
  const mustName = isProduction(env);
  const changeSet = {
    env,
    id,
    edits: [
      {
        service: row.service,
        kind: "config" as const,
        name: row.name,
        op: "delete" as const,
        baseRevision: row.revision,
      },
    ],
  };
  const dryRun = useDryRun(
    [env, "delete", row.service, row.name, row.revision],
    (call) => configApi.dryRun({ ...changeSet, reason: LOOKING }, call),
    !isBusy(state),
  );
  const submit = async (overriding: string) => {
    const override = overriding.trim() === "" ? {} : { override: { reason: overriding.trim() } };
    const outcome = await send(id, () =>
      configApi.commit({ ...changeSet, ...override, reason: reason.trim() }),
    );
    if (outcome.phase === "published") {
      setReason("");
      onDeleted({ id, revision: outcome.result.revision });
    } else if (outcome.phase !== "unanswered") setId(ulid());
  };
  const trayEdit = (): TrayEdit | undefined => {
    const [edit] = changeSet.edits;
    const place = new URLSearchParams({ env, service: row.service, name: row.name });
    return (
      edit && {
        edit,
        base: detail?.lever.revision === row.revision ? bodyOf(detail.lever) : { spec: {} },
        editor: { address: `/config?${place.toString()}` },
      }
    );
  };
  const missing = stale
    ? t("readOnly")
    : reason.trim() === ""
      ? t("noReason")
      : mustName && typed.trim() !== row.name
        ? t("noName", { name: row.name })
        : undefined;
  return (
    <Sheet
      title={t("title", { name: row.name })}
      description={t("description")}
      onClose={onClose}
      footer={
        <ChangeStep
          env={env}
          service={row.service}
          state={state}
          dryRun={dryRun}
          action={t("action", { name: row.name })}
          missing={missing}
          onSubmit={(overriding) => void submit(overriding)}
        >
          <AddToTray
            env={env}
            edit={stale || isBusy(state) ? undefined : trayEdit()}
            reason={reason}
            onAdded={() => {
              setReason("");
              onClose();
            }}
          />
        </ChangeStep>
      }
    >
      <div className="flex flex-col gap-4">
        {row.readers.declared > 0 && (
          <Callout tone="warning" title={t("isRead", { count: row.readers.declared })}>
            {t("isReadDetail")}
          </Callout>
        )}
        <Reach row={row} detail={detail} />
        <BlastRadius env={env} services={[row.service]} />
        <ReasonField value={reason} disabled={isBusy(state)} onChange={setReason} />
        {mustName && (
          <Field label={t("typeName", { name: row.name })}>
            {(control) => (
              <TextInput
                {...control}
                className="font-mono"
                spellCheck={false}
                value={typed}
                onChange={(event) => setTyped(event.target.value)}
              />
            )}
          </Field>
        )}
      </div>
    </Sheet>
  );
}
