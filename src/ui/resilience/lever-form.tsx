"use client";

import type { BreakerSpec } from "@leverframe/agent/protocol";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { createPortal } from "react-dom";
import type { LeverRow } from "../api/contract.ts";
import { BlastRadius } from "../foresight/blast-radius.tsx";
import { ThresholdReplay } from "../foresight/threshold-replay.tsx";
import { PageLink } from "../frame/page-link.tsx";
import { Button } from "../kit/button.tsx";
import { useNowMs } from "../kit/clock.ts";
import { Diff } from "../kit/diff.tsx";
import { ChangeStep, ReasonField } from "../publish/change-step.tsx";
import { UntilField } from "../publish/until-field.tsx";
import { useMayIn } from "../session/rights.ts";
import { AddToTray, InTray } from "../tray/add-to-tray.tsx";
import { Conflict } from "./conflict.tsx";
import { DeleteLever } from "./delete-lever.tsx";
import { MODE } from "./field-text.ts";
import { FormFields } from "./form-fields.tsx";
import type { Mode } from "./kinds.ts";
import { ModeChoice } from "./mode-choice.tsx";
import { About, Situation } from "./situation.tsx";
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
  const r = useTranslations("resilience");
  const [deleting, setDeleting] = useState(false);
  const mayDelete = useMayIn("operator", env, [target.service]);
  if (deleting && row) {
    const keep = (): void => setDeleting(false);
    return <DeleteLever env={env} row={row} onKeep={keep} onDeleted={edit.discard} />;
  }
  if (edit.moved) return <Conflict kind={target.kind} row={row} edit={edit} />;
  return (
    <section aria-label={t("change")} className="flex flex-col gap-4 border-line border-t pt-4">
      <Situation env={env} target={target} row={row} shared={shared} />
      <InTray env={env} lever={target} />
      {target.kind === "breaker" && (
        <ModeChoice
          value={edit.planned["mode"] as Mode}
          disabled={edit.busy}
          onChange={(mode) => edit.type({ mode })}
        />
      )}
      {target.kind === "breaker" && <Ending row={row} target={target} edit={edit} />}
      <Thresholds env={env} target={target} edit={edit} />
      {target.kind !== "breaker" && <Ending row={row} target={target} edit={edit} />}
      {row === undefined && <About edit={edit} />}
      <Review target={target} row={row} edit={edit} count={count} />
      <BlastRadius env={env} services={[target.service]} />
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
          <Button
            tone="quiet"
            className="ms-auto"
            disabled={edit.busy || !mayDelete}
            title={mayDelete ? undefined : r("needsOperator")}
            onClick={() => setDeleting(true)}
          >
            {t("delete")}
          </Button>
        )}
      </p>
      {footer &&
        createPortal(<Action env={env} target={target} row={row} edit={edit} count={count} />, footer)}
    </section>
  );
}

/** The fields; folded where only a breaker's mode is moved, which is what one does at night. */
function Thresholds({ env, target, edit }: { env: string; target: LeverTarget; edit: LeverEdit }) {
  const t = useTranslations("breakers");
  const words = useFieldWords();
  const { planned, base, draft, faults } = edit;
  const fields = <FormFields env={env} target={target} edit={edit} />;
  if (target.kind !== "breaker") return fields;
  const touched = Object.keys(draft.edits).some((key) => key !== MODE) || faults.length > 0;
  const moved = planned["mode"] !== base.spec["mode"] || base.spec["mode"] !== "NORMAL";
  return (
    <details open={touched || !moved}>
      <summary className="cursor-pointer rounded-4 text-13 text-ink-2 max-md:py-3">
        {t("thresholds")} <span className="text-ink">{words.summary("breaker", planned)}</span>
      </summary>
      <div className="mt-3 flex flex-col gap-5">
        {fields}
        <ThresholdReplay
          env={env}
          service={target.service}
          name={target.name}
          spec={planned as BreakerSpec}
          sound={faults.length === 0}
        />
      </div>
    </details>
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
      <AddToTray env={env} edit={edit.forTray} reason={edit.draft.reason} onAdded={edit.discard} />
      {draft && !edit.busy && (
        <Button tone="quiet" onClick={edit.discard}>
          {t("discard")}
        </Button>
      )}
    </ChangeStep>
  );
}
