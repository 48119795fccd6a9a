"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Snowflake } from "lucide-react";
import { useFormatter, useTranslations } from "next-intl";
import { useState } from "react";
import type { SessionView } from "../api/contract.ts";
import { Button } from "../kit/button.tsx";
import { Callout } from "../kit/callout.tsx";
import { useNowMs } from "../kit/clock.ts";
import { mayIn } from "../session/rights.ts";
import { FailureWords } from "../switches/failure-words.tsx";
import { adminApi, adminKeys, type FreezeWindow } from "./api.ts";
import { FailureNote } from "./failure-note.tsx";
import { Guarded } from "./guarded.tsx";

interface FreezesProps {
  readonly env: string;
  readonly session: SessionView;
  readonly onNew: () => void;
}

/** The freeze windows of an environment: what falls into one is refused, but for an admin's override. */
export function Freezes({ env, session, onNew }: FreezesProps) {
  const t = useTranslations("admin.freezes");
  const may = mayIn(session.scopes, "admin", env, ["*"]);
  const freezes = useQuery({
    queryKey: adminKeys.freezes(env),
    queryFn: ({ signal }) => adminApi.freezes(env, { signal }),
  });
  return (
    <div className="flex flex-col items-start gap-2 pt-2">
      {freezes.isPending && <span className="skeleton h-5 w-64 max-w-full" />}
      {freezes.isError && freezes.data === undefined && (
        <Callout tone="failed" role="alert" title={t("failed")}>
          <FailureWords error={freezes.error} />
        </Callout>
      )}
      {freezes.data?.length === 0 && <p className="text-ink-2">{t("none")}</p>}
      {freezes.data && freezes.data.length > 0 && (
        <ul aria-label={t("title", { env })} className="flex w-full flex-col">
          {freezes.data.map((window) => (
            <Freeze key={window.id} env={env} window={window} may={may} />
          ))}
        </ul>
      )}
      <Guarded whyNot={may ? undefined : t("needsAdmin", { env })} onClick={onNew}>
        {t("add")}
      </Guarded>
    </div>
  );
}

type Phase = "running" | "coming" | "over";

const phaseOf = ({ from, to }: FreezeWindow, nowMs: number): Phase =>
  Date.parse(to) <= nowMs ? "over" : Date.parse(from) <= nowMs ? "running" : "coming";

const PHASE_LOOK: Readonly<Record<Phase, string>> = {
  running: "font-semibold text-degraded",
  coming: "text-ink",
  over: "text-ink-3",
};

function Freeze({ env, window, may }: { env: string; window: FreezeWindow; may: boolean }) {
  const t = useTranslations("admin.freezes");
  const format = useFormatter();
  const nowMs = useNowMs();
  const cache = useQueryClient();
  const [sure, setSure] = useState(false);
  const lift = useMutation({
    mutationFn: () => adminApi.liftFreeze(env, window.id),
    onSettled: () => cache.invalidateQueries({ queryKey: adminKeys.freezes(env) }),
  });
  const phase = phaseOf(window, nowMs);
  const at = (iso: string) => format.dateTime(new Date(iso), { dateStyle: "medium", timeStyle: "short" });
  return (
    <li
      data-freeze={window.id}
      className="flex flex-wrap items-center gap-x-4 gap-y-1 border-line border-t py-2"
    >
      <span className={`flex w-24 items-center gap-1 text-12 ${PHASE_LOOK[phase]}`}>
        {phase === "running" && <Snowflake size={12} aria-hidden />}
        {t(`phase.${phase}`)}
      </span>
      <span className="min-w-0 flex-1 basis-60">
        <span className="block font-medium wrap-anywhere">{window.reason}</span>
        <span className="text-12 text-ink-2">
          {t("span", { from: at(window.from), to: at(window.to) })} ·{" "}
          {window.services === undefined ? t("everyService") : window.services.join(", ")}
        </span>
      </span>
      <Button
        tone="quiet"
        disabled={!may || lift.isPending}
        title={may ? undefined : t("needsAdmin", { env })}
        onClick={() => (sure ? lift.mutate() : setSure(true))}
      >
        {sure ? t("liftSure") : t("lift")}
      </Button>
      <FailureNote title={t("notLifted")} error={lift.error} />
    </li>
  );
}
