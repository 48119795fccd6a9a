"use client";

import { useQuery } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { client } from "../api/client.ts";
import type { Advice } from "../api/contract.ts";
import { Empty, Failed, SkeletonRows } from "../kit/states.tsx";
import { FailureWords } from "../switches/failure-words.tsx";
import { AdviceLine } from "./advice-line.tsx";

const AGAIN_MS = 60_000;
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const KINDS = ["timeout", "cycle", "chain", "chatty", "together", "unread"] as const;

/** What traffic and levers of an environment suggest, kind by kind, each with what it means and where to act. */
export function AdvicePanel({ env }: { env: string }) {
  const t = useTranslations("foresight.advice");
  const answer = useQuery({
    queryKey: ["advice", env],
    queryFn: ({ signal }) => client.advice.list.query({ env }, { signal }),
    refetchInterval: AGAIN_MS,
    retry: false,
  });
  const { data } = answer;
  if (data === undefined) {
    return answer.isError ? (
      <Failed title={t("failed")} onRetry={() => void answer.refetch()}>
        <FailureWords error={answer.error} />
      </Failed>
    ) : (
      <SkeletonRows rows={6} label={t("looking")} />
    );
  }
  const { advice, untold, countedMs } = data;
  return (
    <section aria-label={t("title")} data-testid="advice" className="flex min-w-0 flex-col gap-6">
      <div className="flex flex-col gap-1 text-12 text-ink-2">
        {untold !== undefined && (
          <p className="text-degraded">{t("untold", { why: untold.replace(/\.$/, "") })}</p>
        )}
        {untold === undefined && countedMs < DAY_MS / 2 && (
          <p>{t("young", { minutes: Math.max(1, Math.round(countedMs / MINUTE_MS)) })}</p>
        )}
      </div>
      {advice.length === 0 && untold === undefined && <Empty title={t("none")}>{t("noneDetail")}</Empty>}
      {KINDS.map((kind) => (
        <Group key={kind} env={env} kind={kind} advice={advice.filter((one) => one.kind === kind)} />
      ))}
    </section>
  );
}

function Group({ env, kind, advice }: { env: string; kind: Advice["kind"]; advice: readonly Advice[] }) {
  const t = useTranslations("foresight.advice");
  if (advice.length === 0) return null;
  return (
    <section aria-label={t(`kind.${kind}`)} className="flex min-w-0 flex-col gap-1" data-advice={kind}>
      <h3 className="flex items-baseline gap-2 font-semibold text-14">
        {t(`kind.${kind}`)}
        <span className="text-12 text-ink-3 tabular-nums">{advice.length}</span>
      </h3>
      <p className="max-w-prose text-12 text-ink-2">{t(`why.${kind}`)}</p>
      <ul className="mt-1 flex flex-col border-line border-t">
        {advice.map((one) => (
          <AdviceLine key={JSON.stringify(one)} env={env} advice={one} />
        ))}
      </ul>
    </section>
  );
}
