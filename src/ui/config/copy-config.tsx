"use client";

import { useTranslations } from "next-intl";
import { useState } from "react";
import { ulid } from "ulid";
import { useDraftText } from "../drafts.ts";
import { BlastRadius } from "../foresight/blast-radius.tsx";
import { useSession } from "../frame/environment.tsx";
import { Callout } from "../kit/callout.tsx";
import { Field, SelectInput } from "../kit/field.tsx";
import { Sheet } from "../kit/sheet.tsx";
import { Failed } from "../kit/states.tsx";
import { ChangeStep, LOOKING, ReasonField, useDryRun } from "../publish/change-step.tsx";
import { isBusy, useSend } from "../publish/use-send.ts";
import { FailureWords } from "../switches/failure-words.tsx";
import { configApi } from "./api.ts";
import { type ConfigRow, configRow } from "./config-row.ts";
import { DiffBox } from "./diff-box.tsx";
import { useConfigAt } from "./queries.ts";

interface CopyConfigProps {
  readonly env: string;
  readonly row: ConfigRow;
  readonly onClose: () => void;
  /** With the environment in which it stands now. */
  readonly onCopied: (env: string) => void;
}

/** Publishes what a config says here in another environment, after a look at what stands there. */
export function CopyConfig({ env, row, onClose, onCopied }: CopyConfigProps) {
  const t = useTranslations("config.copy");
  const session = useSession();
  const [target, setTarget] = useState<string>();
  const [id, setId] = useState(() => ulid());
  const [reason, setReason] = useDraftText(`${env}/copy/${row.service}/${row.name}`);
  const { state, send } = useSend();
  const there = useConfigAt(target, row.service, row.name);
  const standing = there.data ? configRow(there.data) : undefined;
  const value = row.value ?? "";
  const same = standing !== undefined && standing.value === value && standing.format === row.format;
  const changeSet = {
    env: target ?? "",
    id,
    edits: [
      {
        service: row.service,
        kind: "config" as const,
        name: row.name,
        op: "put" as const,
        spec: { format: row.format, value },
        ...(standing?.rollout ? { rollout: standing.rollout } : {}),
        ...(standing === undefined && (row.owner ?? row.description) !== undefined
          ? {
              meta: {
                ...(row.owner === undefined ? {} : { owner: row.owner }),
                ...(row.description === undefined ? {} : { description: row.description }),
              },
            }
          : {}),
        baseRevision: standing?.revision ?? 0,
      },
    ],
  };
  const ready = target !== undefined && there.data !== undefined && !same && !standing?.secret;
  const dryRun = useDryRun(
    [target, "copy", row.service, row.name, row.revision, standing?.revision ?? 0],
    (call) => configApi.dryRun({ ...changeSet, reason: LOOKING }, call),
    ready && !isBusy(state),
  );
  const submit = async (overriding: string) => {
    const override = overriding.trim() === "" ? {} : { override: { reason: overriding.trim() } };
    const outcome = await send(id, () =>
      configApi.commit({ ...changeSet, ...override, reason: reason.trim() }),
    );
    if (outcome.phase === "published" && target !== undefined) {
      setReason("");
      onCopied(target);
    } else if (outcome.phase !== "unanswered") setId(ulid());
  };
  const missing =
    target === undefined
      ? t("chooseFirst")
      : there.data === undefined
        ? t("looking")
        : standing?.secret
          ? t("isSecret")
          : same
            ? t("same", { env: target })
            : reason.trim() === ""
              ? t("noReason")
              : undefined;
  return (
    <Sheet
      title={t("title", { name: row.name })}
      description={t("description", { env })}
      onClose={onClose}
      footer={
        <ChangeStep
          env={target ?? env}
          service={row.service}
          state={state}
          dryRun={dryRun}
          action={target === undefined ? t("open") : t("action", { env: target })}
          missing={missing}
          onSubmit={(overriding) => void submit(overriding)}
        />
      }
    >
      <div className="flex flex-col gap-4">
        <Field label={t("target")}>
          {(control) => (
            <SelectInput
              {...control}
              data-autofocus
              value={target ?? ""}
              disabled={isBusy(state)}
              onChange={(event) => setTarget(event.target.value)}
            >
              <option value="" disabled>
                {t("choose")}
              </option>
              {session.data?.environments
                .filter(({ name }) => name !== env)
                .map(({ name }) => (
                  <option key={name} value={name}>
                    {name}
                  </option>
                ))}
            </SelectInput>
          )}
        </Field>
        {target !== undefined && there.isPending && <p className="skeleton h-24 w-full" />}
        {there.isError && (
          <Failed title={t("failed")} onRetry={() => void there.refetch()}>
            <FailureWords error={there.error} />
          </Failed>
        )}
        {target !== undefined && there.data === null && (
          <>
            <Callout title={t("newThere", { env: target })} />
            <pre className="max-h-60 overflow-auto rounded-4 border border-line bg-surface-2 px-3 py-2 font-mono text-12">
              {value}
            </pre>
          </>
        )}
        {target !== undefined && standing && !standing.secret && (
          <DiffBox
            inline
            before={standing.value ?? ""}
            after={value}
            format={row.format}
            beforeLabel={t("there", { env: target })}
            afterLabel={t("here", { env })}
          />
        )}
        {standing && standing.format !== row.format && (
          <p className="text-ink-2">{t("newFormat", { before: standing.format, after: row.format })}</p>
        )}
        {target !== undefined && <BlastRadius env={target} services={[row.service]} />}
        <ReasonField value={reason} disabled={isBusy(state)} onChange={setReason} />
      </div>
    </Sheet>
  );
}
