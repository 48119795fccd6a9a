"use client";

import { useTranslations } from "next-intl";
import { useId } from "react";
import { useServices } from "../api/queries.ts";
import { BlastRadius } from "../foresight/blast-radius.tsx";
import { Button } from "../kit/button.tsx";
import { Callout } from "../kit/callout.tsx";
import { Field, SelectInput } from "../kit/field.tsx";
import { Sheet } from "../kit/sheet.tsx";
import { SkeletonRows } from "../kit/states.tsx";
import { FailureWords } from "../switches/failure-words.tsx";
import { readable } from "./leaves.ts";
import { LeverDiffs } from "./lever-diff.tsx";
import { MomentField, useMomentWords } from "./moment-field.tsx";
import { RestoreProgress } from "./restore-progress.tsx";
import { ThreeWay } from "./three-way.tsx";
import { type Restore, useRestore } from "./use-restore.ts";
import { NameField, ReasonField, Refusals, SendOutcome } from "./way-back.tsx";

interface RestoreSheetProps {
  readonly env: string;
  /** What the address says: a revision (`r18401`), a local time, or anything else for none. */
  readonly from: string;
  readonly onClose: () => void;
}

/** Bringing an environment or one service back to how it stood: the difference first, then why, then part by part. */
export function RestoreSheet({ env, from, onClose }: RestoreSheetProps) {
  const t = useTranslations("changes");
  const restore = useRestore(env, from);
  const formId = useId();
  const { state, begun, finished, planned, missing, busy } = restore;
  const following = begun !== undefined || finished !== undefined;
  return (
    <Sheet
      title={t("restore.title")}
      description={t("restore.description", { env })}
      onClose={onClose}
      footer={
        <div className="flex flex-col gap-2">
          <SendOutcome state={state} />
          <div className="flex flex-wrap items-center gap-3 max-md:flex-col max-md:flex-nowrap max-md:items-stretch">
            {finished ? (
              <Button onClick={onClose}>{t("restore.close")}</Button>
            ) : begun ? (
              <>
                <Button tone="primary" disabled={busy} onClick={() => void restore.goOn()}>
                  {busy ? t("restore.going") : t("restore.goOn")}
                </Button>
                <Button tone="quiet" disabled={busy} onClick={restore.giveUp}>
                  {t("restore.planAgain")}
                </Button>
              </>
            ) : (
              <>
                <Button
                  type="submit"
                  form={formId}
                  tone="primary"
                  disabled={missing !== undefined || busy || planned?.seen.length === 0}
                >
                  {planned ? t("restore.submit", { count: planned.seen.length }) : t("restore.submitNothing")}
                </Button>
                {missing !== undefined && (
                  <span className="text-12 text-ink-3">{t(`back.missing-${missing}`, { name: env })}</span>
                )}
              </>
            )}
          </div>
        </div>
      }
    >
      {following ? (
        <div className="flex flex-col gap-4">
          <RestoreProgress env={env} restore={restore} />
          {state.phase === "conflict" && <ThreeWay conflicts={state.conflicts} />}
        </div>
      ) : (
        <form
          id={formId}
          className="flex flex-col gap-4"
          onSubmit={(event) => {
            event.preventDefault();
            void restore.submit();
          }}
        >
          <Choice env={env} restore={restore} />
          <Planned env={env} restore={restore} />
        </form>
      )}
    </Sheet>
  );
}

/** What is to be restored, and to which moment. */
function Choice({ env, restore }: { env: string; restore: Restore }) {
  const t = useTranslations("changes.restore");
  const services = useServices(env);
  const { draft, choose, moment, plan, allowed, whole } = restore;
  return (
    <>
      <Field label={t("what")} hint={allowed ? undefined : t(whole ? "notAllowedWhole" : "notAllowed")}>
        {(control) => (
          <SelectInput
            {...control}
            value={draft.service}
            onChange={(event) => choose({ service: event.target.value })}
          >
            <option value="">{t("wholeEnvironment", { env })}</option>
            <option value="*">{t("everyService")}</option>
            {(services.data ?? []).map(({ service }) => (
              <option key={service} value={service}>
                {t("oneService", { service })}
              </option>
            ))}
          </SelectInput>
        )}
      </Field>
      <MomentField typed={draft} onChange={choose} />
      <Button
        className="self-start"
        disabled={moment === undefined || !allowed || plan.isPending}
        onClick={restore.look}
      >
        {plan.isPending ? t("comparing") : t("compare")}
      </Button>
    </>
  );
}

/** What would change, against what stands now. */
function Planned({ env, restore }: { env: string; restore: Restore }) {
  const t = useTranslations("changes.restore");
  const moments = useMomentWords();
  const { plan, planned, draft, edit } = restore;
  if (plan.isPending) return <SkeletonRows rows={4} label={t("comparing")} />;
  if (plan.isError) {
    return (
      <Callout tone="failed" role="alert" title={t("planFailed")}>
        <FailureWords error={plan.error} />
      </Callout>
    );
  }
  if (planned === undefined) return <p className="text-ink-2">{t("explained")}</p>;
  return (
    <section aria-label={t("differs")} className="flex flex-col gap-4" data-testid="restore-plan">
      <p className="font-semibold text-14">
        {planned.diffs.length === 0
          ? t("same", { moment: moments(planned.moment) })
          : t("differ", {
              count: planned.diffs.length,
              moment: moments(planned.moment),
              parts: planned.changeSets,
            })}
      </p>
      {planned.unknown.length > 0 && (
        <Callout title={t("unknown", { count: planned.unknown.length })}>
          {planned.unknown
            .slice(0, 20)
            .map((ref) => `${ref.service}/${ref.kind}/${ref.name}`)
            .join(", ")}
        </Callout>
      )}
      <LeverDiffs
        diffs={planned.diffs.map(({ ref, op, entries }) => ({ ref, op, entries: readable(entries) }))}
      />
      {planned.diffs.length > 0 && (
        <>
          <Refusals
            refusals={restore.refusals}
            admin={restore.admin}
            override={draft.override}
            onOverride={(override) => edit({ override })}
          />
          <BlastRadius env={env} services={planned.diffs.map(({ ref }) => ref.service)} />
          <ReasonField value={draft.reason} onChange={(reason) => edit({ reason })} />
          {restore.mustName && (
            <NameField name={env} value={draft.typedName} onChange={(typedName) => edit({ typedName })} />
          )}
        </>
      )}
    </section>
  );
}
