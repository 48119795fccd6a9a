"use client";

import { useTranslations } from "next-intl";
import { useMemo } from "react";
import { ulid } from "ulid";
import type { ChangeSetInput } from "../api/contract.ts";
import { useStale } from "../api/queries.ts";
import { useDraft } from "../drafts.ts";
import { BlastRadius } from "../foresight/blast-radius.tsx";
import { Callout } from "../kit/callout.tsx";
import { Sheet } from "../kit/sheet.tsx";
import { PasteLine } from "../kit/states.tsx";
import { ChangeStep, LOOKING, ReasonField, useDryRun } from "../publish/change-step.tsx";
import { isBusy, type Made, useSend } from "../publish/use-send.ts";
import { configApi } from "./api.ts";
import type { ConfigRow } from "./config-row.ts";
import { CodeBox } from "./editor.tsx";
import { misfitOf, readShape } from "./schema-check.ts";

interface SchemaDraft {
  readonly text?: string;
  readonly reason: string;
  readonly sentId?: string;
}

/** Where one begins. */
const EXAMPLE = '{ "type": "object", "required": ["text"] }';

const EMPTY: SchemaDraft = { reason: "" };
const isBlank = (draft: SchemaDraft): boolean =>
  draft.text === undefined && draft.reason === "" && draft.sentId === undefined;

interface SchemaSheetProps {
  readonly env: string;
  readonly row: ConfigRow;
  readonly onClose: () => void;
  readonly onMade: (made: Made) => void;
}

/** What a config's value must be, as a JSON Schema: from then on nothing else is published, by whatever way. */
export function SchemaSheet({ env, row, onClose, onMade }: SchemaSheetProps) {
  const t = useTranslations("config.shape");
  const { draft, change, clear } = useDraft(
    `${env}/${row.service}/config-schema/${row.name}`,
    EMPTY,
    isBlank,
  );
  const { state, send } = useSend();
  const stale = useStale(env) !== undefined;
  const standing = row.meta.jsonSchema ?? "";
  const text = draft.text ?? standing;
  const judged = useMemo(() => judge(row, text), [row, text]);
  const changed = text.trim() !== standing.trim();
  const { jsonSchema: _, ...meta } = row.meta;
  const changeSet = (id: string): Omit<ChangeSetInput, "reason"> => ({
    env,
    id,
    edits: [
      {
        service: row.service,
        kind: "config",
        name: row.name,
        op: "put",
        spec: { format: row.format, value: row.value },
        ...(row.rollout ? { rollout: row.rollout } : {}),
        meta: { ...meta, ...(text.trim() === "" ? {} : { jsonSchema: text }) },
        baseRevision: row.revision,
      },
    ] as ChangeSetInput["edits"],
  });
  const dryRun = useDryRun(
    [env, "schema", row.service, row.name, row.revision, text],
    (call) => configApi.dryRun({ ...changeSet(ulid()), reason: LOOKING }, call),
    changed && judged === undefined && !isBusy(state),
  );
  const missing = stale
    ? t("readOnly")
    : !changed
      ? t("noChange")
      : judged !== undefined
        ? t("mend")
        : draft.reason.trim() === ""
          ? t("noReason")
          : undefined;
  const submit = async (overriding: string) => {
    const id = draft.sentId ?? ulid();
    change((before) => ({ ...before, sentId: id }));
    const override = overriding.trim() === "" ? {} : { override: { reason: overriding.trim() } };
    const outcome = await send(id, () =>
      configApi.commit({ ...changeSet(id), ...override, reason: draft.reason.trim() }),
    );
    if (outcome.phase === "published") {
      clear();
      onMade({ id, revision: outcome.result.revision });
    } else if (outcome.phase !== "unanswered" && outcome.phase !== "proposed") {
      change(({ sentId: __, ...before }) => before);
    }
  };
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
          action={text.trim() === "" && standing !== "" ? t("remove") : t("publish")}
          missing={missing}
          onSubmit={(overriding) => void submit(overriding)}
        />
      }
    >
      <div className="flex flex-col gap-4">
        <CodeBox
          invalid={judged !== undefined}
          label={t("label")}
          format="json"
          text={text}
          readOnly={isBusy(state)}
          onChange={(next) => change(({ sentId: __, ...before }) => ({ ...before, text: next }))}
        />
        {judged && (
          <Callout tone="failed" role="status" title={t(judged.what)}>
            {judged.says}
          </Callout>
        )}
        {text.trim() === "" && <PasteLine line={EXAMPLE} />}
        <p className="text-12 text-ink-3">{t("hint")}</p>
        <BlastRadius env={env} services={[row.service]} />
        <ReasonField
          value={draft.reason}
          disabled={isBusy(state)}
          onChange={(reason) => change(({ sentId: __, ...before }) => ({ ...before, reason }))}
        />
      </div>
    </Sheet>
  );
}

/** Why a schema can't be published: it is none, or the present value does not fit it. */
function judge(
  row: ConfigRow,
  schema: string,
): { readonly what: "notASchema" | "misfit"; readonly says: string } | undefined {
  if (schema.trim() === "") return undefined;
  try {
    const fault = misfitOf(row.format, row.value ?? "", readShape(schema));
    return fault && { what: "misfit", says: `${fault.line}:${fault.column} ${fault.message}` };
  } catch (error) {
    return { what: "notASchema", says: error instanceof Error ? error.message : String(error) };
  }
}
