"use client";

import { useTranslations } from "next-intl";
import { useMemo, useState } from "react";
import type { LeverRow } from "../api/contract.ts";
import { failureOf } from "../api/errors.ts";
import { useLink } from "../api/live.ts";
import { useLever, useServices, useStale } from "../api/queries.ts";
import { Callout } from "../kit/callout.tsx";
import { Sheet } from "../kit/sheet.tsx";
import { Failed, SkeletonRows } from "../kit/states.tsx";
import { FailureWords } from "../switches/failure-words.tsx";
import { LeverProof } from "../switches/lever-proof.tsx";
import { Countdown } from "./countdown.tsx";
import { pairOf, standingsOf, unsupportedBy } from "./effective.ts";
import { Instances } from "./instances.tsx";
import type { Mode, Spec } from "./kinds.ts";
import { LeverForm } from "./lever-form.tsx";
import { useEveryLever } from "./queries.ts";
import { SEEDS } from "./seeds.ts";
import { useFieldWords } from "./use-field-words.ts";
import { type LeverEdit, type LeverTarget, useLeverEdit } from "./use-lever-edit.ts";

interface LeverSheetProps {
  readonly env: string;
  readonly target: LeverTarget;
  readonly onClose: () => void;
}

/** Everything about one lever: live state and value by instance, the proof of its last change, and the next one. */
export function LeverSheet({ env, target, onClose }: LeverSheetProps) {
  const t = useTranslations("resilience");
  const board = useEveryLever(env);
  const services = useServices(env);
  const failed = [board, services].find((one) => one.isError && one.data === undefined);
  if (board.data && services.data) {
    return (
      <Whole
        env={env}
        target={target}
        levers={board.data.levers}
        services={services.data}
        onClose={onClose}
      />
    );
  }
  return (
    <Sheet title={target.name} description={target.service} onClose={onClose}>
      {failed ? (
        <Failed title={t("failed")} onRetry={() => void Promise.all([board.refetch(), services.refetch()])}>
          <FailureWords error={failed.error} />
        </Failed>
      ) : (
        <SkeletonRows rows={6} label={t("loading")} />
      )}
    </Sheet>
  );
}

interface WholeProps extends LeverSheetProps {
  readonly levers: readonly LeverRow[];
  readonly services: NonNullable<ReturnType<typeof useServices>["data"]>;
}

function Whole({ env, target, levers, services, onClose }: WholeProps) {
  const t = useTranslations("breakers");
  const words = useFieldWords();
  const { service, kind, name } = target;
  const [footer, setFooter] = useState<HTMLElement | null>(null);
  const link = useLink();
  const stale = useStale(env);
  const dated = link.phase === "lost" || stale !== undefined;
  const { own, shared } = pairOf(levers, service, kind, name);
  const row = service === "*" ? shared : own;
  const begin = ((row === undefined ? shared?.resource?.spec : undefined) as Spec | undefined) ?? SEEDS[kind];
  const edit = useLeverEdit(env, target, row, begin);
  const standings = useMemo(
    () => standingsOf(services, levers, { service, kind, name }),
    [services, levers, service, kind, name],
  );
  const { by, of } = unsupportedBy(standings);
  const meta = row?.resource?.meta;
  return (
    <Sheet
      title={<Title name={name} row={row} kind={kind} />}
      description={
        <span className="flex flex-wrap gap-x-3 pt-1">
          <span>{service === "*" ? t("everyService") : service}</span>
          <span>{t(`one.${kind}`)}</span>
          {meta?.owner && <span>{meta.owner}</span>}
          {row && (
            <span className="font-mono text-ink-3" data-testid="lever-version">
              v{row.version} · r{row.revision}
            </span>
          )}
          {meta?.description && <span className="basis-full pt-1 text-13 text-ink">{meta.description}</span>}
        </span>
      }
      onClose={onClose}
      footer={<div ref={setFooter} />}
    >
      <div className="flex flex-col gap-6">
        {edit.armed && (
          <Callout
            tone="warning"
            title={
              <span className="flex flex-wrap items-center gap-x-3">
                {kind === "breaker" && row?.resource
                  ? t(`mode.${((row.resource.spec as Spec)["mode"] as Mode) ?? "NORMAL"}`)
                  : t("armedTitle")}
                <Countdown at={edit.armed.at} />
              </span>
            }
          >
            {t("armedDetail", { what: words.restored(kind, edit.armed.restore) })}
          </Callout>
        )}
        {by > 0 && (
          <Callout tone="warning" title={t("unsupportedTitle", { by, of })}>
            {t("unsupportedDetail")}
          </Callout>
        )}
        <Instances kind={kind} service={service} standings={standings} dated={dated} />
        {row && <Proof env={env} row={row} edit={edit} />}
        <LeverForm
          env={env}
          target={target}
          row={row}
          shared={service === "*" ? undefined : shared}
          edit={edit}
          count={reached(standings)}
          footer={footer}
        />
      </div>
    </Sheet>
  );
}

/** Instances that would go by the lever; without one, those that could. */
const reached = (standings: readonly { readonly proof: string }[]): number =>
  standings.filter(({ proof }) => proof !== "foreign").length;

function Title({ name, row, kind }: { name: string; row: LeverRow | undefined; kind: LeverTarget["kind"] }) {
  const t = useTranslations("breakers");
  const mode = (row?.resource?.spec as Spec | undefined)?.["mode"] as Mode | undefined;
  return (
    <span className="flex min-w-0 items-center gap-3">
      <span className="truncate" title={name}>
        {name}
      </span>
      {row?.fault !== undefined && <span className="font-semibold text-12 text-failed">{t("invalid")}</span>}
      {kind === "breaker" && mode !== undefined && mode !== "NORMAL" && (
        <span className="whitespace-nowrap font-semibold text-12 text-degraded">{t(`mode.${mode}`)}</span>
      )}
    </span>
  );
}

function Proof({ env, row, edit }: { env: string; row: LeverRow; edit: LeverEdit }) {
  const detail = useLever(env, row);
  const { state } = edit;
  const published =
    state.phase === "published" ? { id: state.id, revision: state.result.revision } : undefined;
  const gone = detail.isError && failureOf(detail.error).kind === "not-found";
  if (gone) return null;
  return <LeverProof env={env} row={row} reports={detail.data?.reports} published={published} />;
}
