"use client";

import { useFormatter, useTranslations } from "next-intl";
import { useAddress } from "../frame/address.ts";
import { Callout } from "../kit/callout.tsx";
import { ChangeProof } from "./change-proof.tsx";
import type { Restore } from "./use-restore.ts";

const LISTED = 20;

/** How far a restore has come, part by part; each part is whole or not there at all. */
export function RestoreProgress({ env, restore }: { env: string; restore: Restore }) {
  const t = useTranslations("changes.restore");
  const format = useFormatter();
  const { go } = useAddress();
  const { begun, finished, busy, state, parts } = restore;
  const what = begun ?? finished;
  if (what === undefined) return null;
  const waiting = state.phase === "published" ? state.result.proposed.length : 0;
  const done =
    finished !== undefined && waiting === 0 ? Math.max(parts.length, what.changeSets) : parts.length;
  const of = Math.max(what.changeSets, done);
  const moment =
    "revision" in what.moment
      ? `r${what.moment.revision}`
      : format.dateTime(new Date(what.moment.at), { dateStyle: "medium", timeStyle: "medium" });
  return (
    <section aria-label={t("progress")} className="flex flex-col gap-4" data-testid="restore-progress">
      <p className="font-semibold text-14" aria-live="polite">
        {finished !== undefined && waiting === 0
          ? t("restored", { count: what.seen.length, moment })
          : t("partsDone", { done, of })}
      </p>
      <progress className="h-2 w-full accent-ink-2" value={done} max={of} aria-label={t("progress")} />
      {begun !== undefined && !busy && (
        <Callout tone="pending" role="status" title={t("interrupted")}>
          {t("interruptedDetail", { moment })}
        </Callout>
      )}
      {waiting > 0 && (
        <Callout tone="pending" role="status" title={t("proposed", { count: waiting })}>
          {t("proposedDetail")}
        </Callout>
      )}
      {parts[0] && (
        <ChangeProof env={env} id={parts[0].id} title={t("lastPart", { revision: parts[0].revision })} />
      )}
      {parts.length > 0 && (
        <ul className="flex flex-col border-line border-y">
          {parts.slice(0, LISTED).map((part) => (
            <li key={part.id} className="flex items-center gap-3 border-line py-1 not-first:border-t">
              <button
                type="button"
                className="min-h-6 rounded-4 text-left text-accent max-md:min-h-11"
                onClick={() => go({ change: part.id, restore: null })}
              >
                {t("part", { levers: part.refs.length })}
              </button>
              <span className="ms-auto font-mono text-12 text-ink-3">r{part.revision}</span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
