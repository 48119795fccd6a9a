"use client";

import { useTranslations } from "next-intl";
import { failureOf } from "../api/errors.ts";
import { useLink } from "../api/live.ts";
import { useConvergence, useStale } from "../api/queries.ts";
import { ReceiptBar } from "../kit/receipt-bar.tsx";
import { FailureWords } from "../switches/failure-words.tsx";

/** How far a change is proved, instance by instance; fills while one looks. */
export function ChangeProof({ env, id, title }: { env: string; id: string; title: string }) {
  const t = useTranslations("changes");
  const shown = useConvergence(env, id);
  const stale = useStale(env);
  const link = useLink();
  const gone = shown.isError && failureOf(shown.error).kind === "not-found";
  return (
    <section aria-label={title} className="flex flex-col gap-2">
      <h3 className="label-12">{title}</h3>
      {shown.data ? (
        <>
          <ReceiptBar
            summary={shown.data}
            targets={shown.data.reports}
            dated={stale !== undefined || link.phase === "lost"}
          />
          {shown.data.targets > 0 && (
            <p className="text-12 text-ink-2">
              {t("effect", {
                readBy: shown.data.readBy,
                targets: shown.data.targets,
                decisions: shown.data.decisions,
              })}
            </p>
          )}
        </>
      ) : gone ? (
        <p className="text-ink-2">{t("proofGone")}</p>
      ) : shown.isError ? (
        <div className="text-failed">
          <FailureWords error={shown.error} />
        </div>
      ) : (
        <p className="skeleton h-5 w-full" />
      )}
    </section>
  );
}
