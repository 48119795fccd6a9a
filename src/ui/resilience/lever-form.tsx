"use client";

import { useTranslations } from "next-intl";
import { useState } from "react";
import { createPortal } from "react-dom";
import type { LeverRow } from "../api/contract.ts";
import { formatRef } from "../api/ref.ts";
import { PageLink } from "../frame/page-link.tsx";
import { Button } from "../kit/button.tsx";
import { Callout } from "../kit/callout.tsx";
import { useNowMs } from "../kit/clock.ts";
import { Diff } from "../kit/diff.tsx";
import { Field, TextInput } from "../kit/field.tsx";
import { ChangeStep, ReasonField } from "../publish/change-step.tsx";
import { UntilField } from "../publish/until-field.tsx";
import { Conflict } from "./conflict.tsx";
import { DeleteLever } from "./delete-lever.tsx";
import { FormFields } from "./form-fields.tsx";
import { useFieldWords } from "./use-field-words.ts";
import type { LeverEdit, LeverTarget } from "./use-lever-edit.ts";

interface LeverFormProps {
  readonly env: string;
  readonly target: LeverTarget;
  /** The lever itself; undefined while there is none. */
  readonly row: LeverRow | undefined;
  /** What decides here while there is none. */
  readonly shared: LeverRow | undefined;
  readonly edit: LeverEdit;
  /** Instances that it would reach. */
  readonly count: number;
  /** Where the action goes: it stays in sight at the sheet's foot. */
  readonly footer: HTMLElement | null;
}

/** The next change: typed field by field, reviewed as a sentence, dry-run, published. */
export function LeverForm({ env, target, row, shared, edit, count, footer }: LeverFormProps) {
  const t = useTranslations("breakers");
  const [deleting, setDeleting] = useState(false);
  if (deleting && row) return <DeleteLever env={env} row={row} onKeep={() => setDeleting(false)} />;
  if (edit.moved) return <Conflict kind={target.kind} row={row} edit={edit} />;
  return (
    <section aria-label={t("change")} className="flex flex-col gap-4 border-line border-t pt-4">
      <Situation env={env} target={target} row={row} shared={shared} />
      <FormFields env={env} target={target} edit={edit} />
      {row === undefined && <About edit={edit} />}
      <Ending row={row} target={target} edit={edit} />
      <Review target={target} row={row} edit={edit} count={count} />
      <ReasonField
        value={edit.draft.reason}
        disabled={edit.busy}
        onChange={(reason) => edit.say({ reason })}
      />
      <p className="flex flex-wrap items-center gap-x-5 gap-y-2 text-12">
        {row && (
          <PageLink
            href={`/changes?${new URLSearchParams({ env, ...target })}`}
            className="inline-flex items-center text-accent underline max-md:min-h-11"
          >
            {t("changes")}
          </PageLink>
        )}
        {row && (
          <Button tone="quiet" className="ms-auto" disabled={edit.busy} onClick={() => setDeleting(true)}>
            {t("delete")}
          </Button>
        )}
      </p>
      {footer &&
        createPortal(<Action env={env} target={target} row={row} edit={edit} count={count} />, footer)}
    </section>
  );
}

/** What has to be known before anything is changed here. */
function Situation({ env, target, row, shared }: Pick<LeverFormProps, "env" | "target" | "row" | "shared">) {
  const t = useTranslations("breakers");
  const { service, kind } = target;
  const share = row?.resource?.rollout?.shareBp;
  if (row?.fault !== undefined) {
    return (
      <Callout tone="failed" title={t("invalidTitle")}>
        <p>{row.fault}</p>
        <p className="mt-1">{t("invalidDetail")}</p>
      </Callout>
    );
  }
  if (share !== undefined) {
    return (
      <Callout title={t("rolloutStands")}>
        <p>{t("rolloutStandsDetail", { share: share / 100 })}</p>
        <PageLink
          href={`/rollouts?${new URLSearchParams({ env, lever: formatRef(target) })}`}
          className="inline-flex items-center text-accent underline max-md:min-h-11"
        >
          {t("openRollout")}
        </PageLink>
      </Callout>
    );
  }
  if (row !== undefined) return null;
  if (shared !== undefined) {
    return (
      <Callout title={t("sharedStands")}>
        <p>{t("sharedStandsDetail", { service })}</p>
        <PageLink
          href={`/resilience?${new URLSearchParams({ env, kind, lever: formatRef(shared) })}`}
          className="inline-flex items-center text-accent underline max-md:min-h-11"
        >
          {t("openShared")}
        </PageLink>
      </Callout>
    );
  }
  return kind === "breaker" ? (
    <Callout title={t("noLeverBreaker")}>{t("noLeverDetail")}</Callout>
  ) : (
    <Callout title={t("noLeverOther")}>{t("noLeverOtherDetail")}</Callout>
  );
}

function About({ edit }: { edit: LeverEdit }) {
  const t = useTranslations("breakers");
  return (
    <div className="grid grid-cols-2 gap-4 max-sm:grid-cols-1">
      <Field label={t("description")}>
        {(control) => (
          <TextInput
            {...control}
            maxLength={500}
            value={edit.draft.description ?? ""}
            onChange={(event) => edit.say({ description: event.target.value })}
          />
        )}
      </Field>
      <Field label={t("owner")}>
        {(control) => (
          <TextInput
            {...control}
            maxLength={100}
            value={edit.draft.owner ?? ""}
            onChange={(event) => edit.say({ owner: event.target.value })}
          />
        )}
      </Field>
    </div>
  );
}

/** How long the change holds, and what comes back then. */
function Ending({ row, target, edit }: { row: LeverRow | undefined; target: LeverTarget; edit: LeverEdit }) {
  const t = useTranslations("breakers");
  const words = useFieldWords();
  const nowMs = useNowMs();
  const { armed, base } = edit;
  const restores = armed
    ? t("restoresArmed", { what: words.restored(target.kind, armed.restore) })
    : row === undefined
      ? t("restoresNothing")
      : t("restores", { name: target.name, what: words.restored(target.kind, base.spec) });
  return (
    <UntilField
      until={edit.until}
      nowMs={nowMs}
      disabled={edit.busy}
      restores={restores}
      onChange={edit.hold}
    />
  );
}

function Review({ target, row, edit, count }: Pick<LeverFormProps, "target" | "row" | "edit" | "count">) {
  const words = useFieldWords();
  const { kind, name } = target;
  const before = row === undefined ? undefined : edit.base.spec;
  if (!edit.changed || edit.faults.length > 0 || edit.state.phase === "published") return null;
  return (
    <Diff
      sentence={words.sentence(kind, name, before, edit.planned, count)}
      changes={words.changes(kind, before, edit.planned)}
    />
  );
}

function Action({
  env,
  target,
  row,
  edit,
  count,
}: Pick<LeverFormProps, "env" | "target" | "row" | "edit" | "count">) {
  const t = useTranslations("breakers");
  const { name, service } = target;
  const forces = edit.planned["mode"] === "FORCED_OPEN" && edit.base.spec["mode"] !== "FORCED_OPEN";
  const action =
    row === undefined
      ? t("publishNew", { name })
      : forces
        ? t("force", { name, count })
        : t("publish", { name, count });
  const draft = Object.keys(edit.draft.edits).length > 0 || edit.draft.until !== undefined;
  return (
    <ChangeStep
      env={env}
      service={service}
      state={edit.state}
      dryRun={edit.dryRun}
      action={action}
      missing={edit.missing && t(`missing.${edit.missing}`)}
      sentBefore={edit.sentBefore}
      onSubmit={(overriding) => void edit.submit(overriding)}
    >
      {draft && !edit.busy && (
        <Button tone="quiet" onClick={edit.discard}>
          {t("discard")}
        </Button>
      )}
    </ChangeStep>
  );
}
