"use client";

import { useTranslations } from "next-intl";
import type { Convergence, ConvergenceSummary, LeverRow, TargetReport } from "../api/contract.ts";
import { useLink } from "../api/live.ts";
import { useConvergence, useStale } from "../api/queries.ts";
import { Callout } from "../kit/callout.tsx";
import { ReceiptBar } from "../kit/receipt-bar.tsx";
import { RelativeTime } from "../kit/relative-time.tsx";

interface LeverProofProps {
  readonly env: string;
  readonly row: Omit<LeverRow, "resource">;
  /** How the present body stands at each instance: all there is for one that was written past the console. */
  readonly reports: readonly TargetReport[] | undefined;
  /** The change that this sheet published: it stays in sight until the sheet is closed. */
  readonly published: { readonly id: string; readonly revision: number } | undefined;
}

/** Who moved the lever last, why, and how far it is proved. Fills while one looks. */
export function LeverProof({ env, row, reports, published }: LeverProofProps) {
  const t = useTranslations("proof");
  const stale = useStale(env);
  const link = useLink();
  const changeSetId = published?.id ?? row.convergence.changeSetId;
  const shown = useConvergence(env, changeSetId || undefined);
  const superseded =
    published !== undefined && row.changeSetId !== published.id && row.revision > published.revision;
  const ofRow = row.convergence.changeSetId === changeSetId ? row.convergence : undefined;
  // A change set may have touched other services too: here counts whom this lever reaches.
  const reached = shown.data?.reports.filter(({ service }) => row.service === "*" || service === row.service);
  const shared = reached !== undefined && reached.length < (shown.data?.reports.length ?? 0);
  const summary = shared && ofRow ? ofRow : newest(ofRow, shown.data);
  return (
    <section aria-label={t("title")} className="flex flex-col gap-2">
      <h3 className="label-12">{published ? t("yours", { revision: published.revision }) : t("title")}</h3>
      {!published && (
        <p>
          <span className="font-medium">{row.unattributed ? t("unattributed") : row.reason}</span>{" "}
          <span className="text-ink-3">
            {row.author && `${row.author.id} · `}
            {row.updatedAt !== "" && <RelativeTime at={row.updatedAt} />}
          </span>
        </p>
      )}
      {superseded && (
        <Callout tone="warning" title={t("superseded", { revision: row.revision })} role="alert">
          {[row.reason, row.author?.id].filter(Boolean).join(" · ")}
        </Callout>
      )}
      {summary ? (
        <ReceiptBar
          summary={summary}
          targets={
            (ofRow && shared ? reached : shown.data?.reports) ??
            (shown.isError || changeSetId === "" ? (reports ?? "unknown") : undefined)
          }
          dated={stale !== undefined || link.phase === "lost"}
        />
      ) : (
        <p className="skeleton h-5 w-full" />
      )}
      {summary && <Effect summary={summary} />}
    </section>
  );
}

/** The row's counts come with events, the list by asking: whichever is further is shown. */
function newest(
  row: ConvergenceSummary | undefined,
  asked: Convergence | undefined,
): ConvergenceSummary | undefined {
  if (!row || !asked) return asked ?? row;
  return row.waiting <= asked.waiting && row.applied >= asked.applied ? row : asked;
}

/** Applied is not effective: whether the code that got it also reads it. */
function Effect({ summary }: { summary: ConvergenceSummary }) {
  const t = useTranslations("proof");
  if (summary.targets === 0) return null;
  return (
    <p className="text-12 text-ink-2">
      {t("effect", { readBy: summary.readBy, targets: summary.targets, decisions: summary.decisions })}
    </p>
  );
}
