"use client";

import { LIMITS, resourceName } from "@leverframe/agent/protocol";
import { useTranslations } from "next-intl";
import { useMemo } from "react";
import { ulid } from "ulid";
import { useServices, useStale } from "../api/queries.ts";
import { useDraft } from "../drafts.ts";
import { BlastRadius } from "../foresight/blast-radius.tsx";
import { Callout } from "../kit/callout.tsx";
import { Field, SelectInput, TextInput } from "../kit/field.tsx";
import { Sheet } from "../kit/sheet.tsx";
import { ChangeStep, LOOKING, ReasonField, useDryRun } from "../publish/change-step.tsx";
import { isBusy, useSend } from "../publish/use-send.ts";
import { AddToTray } from "../tray/add-to-tray.tsx";
import type { TrayEdit } from "../tray/tray-edit.ts";
import { configApi } from "./api.ts";
import { faultOf } from "./check-text.ts";
import type { ConfigRow, Format } from "./config-row.ts";
import { bodyBytes } from "./draft.ts";
import { CodeBox, FormatField, Size } from "./editor.tsx";

interface NewDraft {
  readonly name: string;
  readonly service: string;
  readonly format: Format;
  readonly text: string;
  readonly secret: boolean;
  readonly owner: string;
  readonly description: string;
  readonly reason: string;
  readonly sentId?: string | undefined;
}

const EMPTY: NewDraft = {
  name: "",
  service: "",
  format: "json",
  text: "",
  secret: false,
  owner: "",
  description: "",
  reason: "",
};

/** A secret is kept nowhere: it goes with the page. */
const isBlank = (draft: NewDraft): boolean => draft.secret || JSON.stringify(draft) === JSON.stringify(EMPTY);

interface NewConfigProps {
  readonly env: string;
  readonly rows: readonly ConfigRow[];
  readonly onClose: () => void;
  readonly onPublished: (service: string, name: string) => void;
}

/** Makes a config, plain or secret. */
export function NewConfig({ env, rows, onClose, onPublished }: NewConfigProps) {
  const t = useTranslations("config.make");
  const { draft, change, clear } = useDraft(`${env}/new-config`, EMPTY, isBlank);
  const { state, send } = useSend();
  const stale = useStale(env);
  const type = (typed: Partial<NewDraft>) => change((before) => ({ ...before, sentId: undefined, ...typed }));
  const named = resourceName.safeParse(draft.name).success;
  const taken = rows.some((row) => row.service === draft.service && row.name === draft.name);
  const fault = useMemo(() => faultOf(draft.format, draft.text), [draft.format, draft.text]);
  const bytes = useMemo(() => bodyBytes(draft.format, draft.text, undefined), [draft.format, draft.text]);
  const tooLarge = bytes > LIMITS.specBytes;
  const busy = isBusy(state);
  const filled = named && !taken && draft.service !== "" && fault === undefined && !tooLarge;
  const changeSet = (id: string) => ({
    env,
    id,
    edits: [
      {
        service: draft.service,
        kind: "config" as const,
        name: draft.name,
        op: "put" as const,
        spec: { format: draft.format, value: draft.text },
        meta: {
          ...(draft.owner.trim() === "" ? {} : { owner: draft.owner.trim() }),
          ...(draft.description.trim() === "" ? {} : { description: draft.description.trim() }),
        },
        ...(draft.secret ? { secret: true as const } : {}),
        baseRevision: 0,
      },
    ],
  });
  const dryRun = useDryRun(
    [env, "new", draft.service, draft.name, draft.format, draft.secret],
    (call) => configApi.dryRun({ ...changeSet(ulid()), reason: LOOKING }, call),
    filled && !busy,
  );
  const submit = async (overriding: string) => {
    const id = draft.sentId ?? ulid();
    change((before) => ({ ...before, sentId: id }));
    const override = overriding.trim() === "" ? {} : { override: { reason: overriding.trim() } };
    const outcome = await send(id, () =>
      configApi.commit({ ...changeSet(id), ...override, reason: draft.reason.trim() }),
    );
    if (outcome.phase === "published") {
      clear();
      onPublished(draft.service, draft.name);
    } else if (outcome.phase !== "unanswered") change((before) => ({ ...before, sentId: undefined }));
  };
  const trayEdit = (): TrayEdit | undefined => {
    const [edit] = changeSet(ulid()).edits;
    return (
      edit && {
        edit,
        base: undefined,
        editor: {
          address: `/config?env=${env}&new=1`,
          // A secret's text is kept nowhere, also not on its way back.
          ...(draft.secret ? {} : { draft: { name: `${env}/new-config`, value: draft } }),
        },
      }
    );
  };
  const missing = stale
    ? t("readOnly")
    : !named || draft.service === ""
      ? t("noName")
      : taken
        ? t("taken", { name: draft.name })
        : fault
          ? t("mend")
          : tooLarge
            ? t("tooLarge")
            : draft.reason.trim() === ""
              ? t("noReason")
              : undefined;
  return (
    <Sheet
      title={t("title")}
      description={t("lead")}
      onClose={onClose}
      footer={
        <ChangeStep
          env={env}
          service={draft.service === "" ? "*" : draft.service}
          state={state}
          dryRun={dryRun}
          action={t("action")}
          missing={missing}
          sentBefore={draft.sentId !== undefined && state.phase === "idle"}
          onSubmit={(overriding) => void submit(overriding)}
        >
          <AddToTray
            env={env}
            edit={filled && !busy && !stale ? trayEdit() : undefined}
            reason={draft.reason}
            onAdded={() => {
              clear();
              onClose();
            }}
          />
        </ChangeStep>
      }
    >
      <div className="flex flex-col gap-4">
        <Field
          label={t("name")}
          hint={t("nameHint")}
          error={
            draft.name !== "" && !named ? t("nameRule") : taken ? t("taken", { name: draft.name }) : undefined
          }
        >
          {(control) => (
            <TextInput
              {...control}
              required
              data-autofocus
              spellCheck={false}
              className="font-mono"
              value={draft.name}
              onChange={(event) => type({ name: event.target.value })}
            />
          )}
        </Field>
        <ServiceField
          env={env}
          rows={rows}
          value={draft.service}
          onChange={(service) => type({ service, ...(service === "*" ? { secret: false } : {}) })}
        />
        <label className="flex items-start gap-2 max-md:min-h-11">
          <input
            type="checkbox"
            className="mt-0.5 size-4"
            checked={draft.secret}
            disabled={draft.service === "*"}
            onChange={(event) => type({ secret: event.target.checked })}
          />
          <span>
            {t("secret")} <span className="text-12 text-ink-3">{t("secretHint")}</span>
          </span>
        </label>
        <div className="flex items-end gap-3">
          <FormatField format={draft.format} disabled={busy} onChange={(format) => type({ format })} />
          <Size bytes={bytes} tooLarge={tooLarge} />
        </div>
        <CodeBox
          label={t("text")}
          invalid={draft.text !== "" && fault !== undefined}
          format={draft.format}
          text={draft.text}
          readOnly={busy}
          onChange={(text) => type({ text })}
        />
        {draft.text !== "" && fault && (
          <Callout tone="failed" role="status" title={t("fault", { line: fault.line, column: fault.column })}>
            {fault.message}
          </Callout>
        )}
        <Field label={t("what")}>
          {(control) => (
            <TextInput
              {...control}
              maxLength={500}
              value={draft.description}
              onChange={(event) => type({ description: event.target.value })}
            />
          )}
        </Field>
        <Field label={t("owner")}>
          {(control) => (
            <TextInput
              {...control}
              maxLength={100}
              value={draft.owner}
              onChange={(event) => type({ owner: event.target.value })}
            />
          )}
        </Field>
        {draft.service !== "" && <BlastRadius env={env} services={[draft.service]} />}
        <ReasonField value={draft.reason} disabled={busy} onChange={(reason) => type({ reason })} />
      </div>
    </Sheet>
  );
}

interface ServiceFieldProps {
  readonly env: string;
  readonly rows: readonly ConfigRow[];
  readonly value: string;
  readonly onChange: (service: string) => void;
}

/** Services that run, those that have configs already, or every service. */
function ServiceField({ env, rows, value, onChange }: ServiceFieldProps) {
  const t = useTranslations("config.make");
  const services = useServices(env);
  const names = new Set([...(services.data ?? []), ...rows].map(({ service }) => service));
  names.delete("*");
  return (
    <Field label={t("service")} hint={t("serviceHint")}>
      {(control) => (
        <SelectInput {...control} required value={value} onChange={(event) => onChange(event.target.value)}>
          <option value="" disabled>
            {t("chooseService")}
          </option>
          {[...names].sort().map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
          <option value="*">{t("everyService")}</option>
        </SelectInput>
      )}
    </Field>
  );
}
