"use client";

import type { SwitchSpec } from "@leverframe/agent/protocol";
import { LIMITS, resourceName } from "@leverframe/agent/protocol";
import { useTranslations } from "next-intl";
import { type FormEvent, useId } from "react";
import { ulid } from "ulid";
import { api } from "../api/client.ts";
import type { EditInput } from "../api/contract.ts";
import { useBoard, useServices, useStale } from "../api/queries.ts";
import type { LeverRef } from "../api/ref.ts";
import { useDraft } from "../drafts.ts";
import { BlastRadius } from "../foresight/blast-radius.tsx";
import { Button } from "../kit/button.tsx";
import { Callout } from "../kit/callout.tsx";
import { Field, SelectInput, TextArea, TextInput } from "../kit/field.tsx";
import { Sheet } from "../kit/sheet.tsx";
import { Proposed } from "../publish/proposed.tsx";
import { isBusy, useSend } from "../publish/use-send.ts";
import { useMayIn } from "../session/rights.ts";
import { AddToTray } from "../tray/add-to-tray.tsx";
import { specOf } from "./draft.ts";
import { PayloadField } from "./payload-field.tsx";
import { LevelField, StrategyField } from "./spec-fields.tsx";

interface NewSwitchDraft {
  readonly name: string;
  readonly service: string;
  readonly level: SwitchSpec["level"];
  readonly strategy: SwitchSpec["strategy"];
  readonly payloadText: string;
  readonly owner: string;
  readonly tags: string;
  readonly description: string;
  readonly reason: string;
  readonly sentId?: string | undefined;
}

const EMPTY: NewSwitchDraft = {
  name: "",
  service: "",
  level: "non-core",
  strategy: "placeholder",
  payloadText: "",
  owner: "",
  tags: "",
  description: "",
  reason: "",
};

const isBlank = (draft: NewSwitchDraft): boolean => JSON.stringify(draft) === JSON.stringify(EMPTY);

interface NewSwitchProps {
  readonly env: string;
  readonly onClose: () => void;
  readonly onPublished: (ref: LeverRef) => void;
}

/** Makes a switch, NORMAL to begin with: making one changes nothing for anybody. */
export function NewSwitch({ env, onClose, onPublished }: NewSwitchProps) {
  const t = useTranslations("newSwitch");
  const formId = useId();
  const { draft, change, clear } = useDraft(`${env}/new-switch`, EMPTY, isBlank);
  const { state, send, reset } = useSend();
  const stale = useStale(env);
  const allowed = useMayIn("operator", env, draft.service === "" ? [] : [draft.service]);
  const taken = useTaken(env, draft);
  const type = (typed: Partial<NewSwitchDraft>) => {
    if (state.phase === "proposed") reset();
    change((before) => ({ ...before, sentId: undefined, ...typed }));
  };
  const seed: SwitchSpec = { position: "NORMAL", level: draft.level, strategy: draft.strategy };
  const planned = specOf({ payloadText: draft.payloadText }, seed);
  const named = resourceName.safeParse(draft.name).success;
  const busy = isBusy(state);
  const filled =
    named &&
    !taken &&
    draft.service !== "" &&
    planned.ok &&
    (draft.strategy !== "static" || planned.spec.payload !== undefined);
  const whole = filled && draft.reason.trim() !== "";
  const ref = { service: draft.service, kind: "switch" as const, name: draft.name };
  const edit: EditInput | undefined =
    filled && planned.ok
      ? { ...ref, op: "put", spec: planned.spec, meta: metaOf(draft), baseRevision: 0 }
      : undefined;

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!whole || edit === undefined || busy || stale || !allowed) return;
    const id = draft.sentId ?? ulid();
    change((before) => ({ ...before, sentId: id }));
    const outcome = await send(id, () => api.commit({ env, id, reason: draft.reason.trim(), edits: [edit] }));
    if (outcome.phase !== "published") return;
    clear();
    onPublished(ref);
  };

  return (
    <Sheet
      title={t("title")}
      description={t("description")}
      onClose={onClose}
      footer={
        <div className="flex flex-col gap-2">
          {state.phase === "proposed" && <Proposed env={env} id={state.id} />}
          {(state.phase === "refused" || state.phase === "unavailable") && (
            <Callout tone="failed" role="alert" title={t("refused")}>
              {state.message}
            </Callout>
          )}
          {state.phase === "conflict" && (
            <Callout tone="failed" role="alert" title={t("taken", { name: draft.name })} />
          )}
          {state.phase === "unanswered" && <Callout tone="pending" role="alert" title={t("unanswered")} />}
          <div className="flex flex-wrap items-center gap-3 max-md:flex-col max-md:flex-nowrap max-md:items-stretch">
            <Button
              type="submit"
              form={formId}
              tone="primary"
              disabled={!whole || !allowed || busy || stale !== undefined || state.phase === "proposed"}
            >
              {busy ? t("sending") : t("create")}
            </Button>
            <AddToTray
              env={env}
              edit={
                edit === undefined || busy || !allowed
                  ? undefined
                  : {
                      edit,
                      base: undefined,
                      editor: {
                        address: `/switches?env=${env}&new=1`,
                        draft: { name: `${env}/new-switch`, value: { ...draft, sentId: undefined } },
                      },
                    }
              }
              reason={draft.reason}
              onAdded={() => {
                clear();
                onClose();
              }}
            />
            <span className="text-12 text-ink-3">
              {stale ? t("readOnly") : allowed ? t("startsNormal") : t("needsOperator")}
            </span>
          </div>
        </div>
      }
    >
      <form id={formId} onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
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
        <ServiceField env={env} value={draft.service} onChange={(service) => type({ service })} />
        <LevelField value={draft.level} onChange={(level) => type({ level })} />
        <StrategyField value={draft.strategy} onChange={(strategy) => type({ strategy })} />
        <PayloadField
          text={draft.payloadText}
          strategy={draft.strategy}
          onChange={(payloadText) => type({ payloadText })}
        />
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
        <Field label={t("tags")} hint={t("tagsHint")}>
          {(control) => (
            <TextInput
              {...control}
              maxLength={400}
              value={draft.tags}
              onChange={(event) => type({ tags: event.target.value })}
            />
          )}
        </Field>
        <BlastRadius env={env} services={draft.service === "" ? [] : [draft.service]} />
        <Field label={t("reason")}>
          {(control) => (
            <TextArea
              {...control}
              required
              rows={2}
              maxLength={LIMITS.reasonLength}
              value={draft.reason}
              onChange={(event) => type({ reason: event.target.value })}
            />
          )}
        </Field>
      </form>
    </Sheet>
  );
}

/** What its author says of it; what was left blank is left out. */
function metaOf({ owner, description, tags }: NewSwitchDraft): NonNullable<EditInput["meta"]> {
  const given = readTags(tags);
  return {
    ...(owner.trim() === "" ? {} : { owner: owner.trim() }),
    ...(description.trim() === "" ? {} : { description: description.trim() }),
    ...(given.length === 0 ? {} : { tags: given }),
  };
}

const LONGEST_TAG = 40;
const MOST_TAGS = 20;

/** Tags parted by commas or spaces, each once. */
const readTags = (text: string): string[] =>
  [...new Set(text.split(/[\s,]+/).filter(Boolean))]
    .map((tag) => tag.slice(0, LONGEST_TAG))
    .slice(0, MOST_TAGS);

function useTaken(env: string, { service, name }: NewSwitchDraft): boolean {
  const board = useBoard(env);
  return (
    board.data?.levers.some((row) => row.kind === "switch" && row.service === service && row.name === name) ??
    false
  );
}

/** Services that are there, every service, or one that is not there yet. */
function ServiceField({
  env,
  value,
  onChange,
}: {
  env: string;
  value: string;
  onChange: (service: string) => void;
}) {
  const t = useTranslations("newSwitch");
  const services = useServices(env);
  const names = (services.data ?? []).map((row) => row.service).filter((name) => name !== "*");
  return (
    <Field label={t("service")} hint={t("serviceHint")}>
      {(control) => (
        <SelectInput {...control} required value={value} onChange={(event) => onChange(event.target.value)}>
          <option value="" disabled>
            {t("chooseService")}
          </option>
          {names.map((name) => (
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
