"use client";

import { History, Undo2 } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import type { ChangeEntry } from "../api/contract.ts";
import { useAddress } from "../frame/address.ts";
import { PageLink } from "../frame/page-link.tsx";
import { Button } from "../kit/button.tsx";
import { Callout } from "../kit/callout.tsx";
import { RelativeTime } from "../kit/relative-time.tsx";
import { Sheet } from "../kit/sheet.tsx";
import { Empty, Failed, SkeletonRows } from "../kit/states.tsx";
import { FailureWords } from "../switches/failure-words.tsx";
import { AuthorMark } from "./author-mark.tsx";
import { NO_FILTER } from "./change-filter.ts";
import { ChangeProof } from "./change-proof.tsx";
import type { ChangeRow } from "./change-row.ts";
import { useDiffWords } from "./diff-words.ts";
import { LeverDiffs } from "./lever-diff.tsx";
import { UndoView } from "./undo-view.tsx";
import { useChange, useChangeDiffs, useRelated } from "./use-change.ts";

interface ChangeSheetProps {
  readonly env: string;
  readonly id: string;
  readonly onClose: () => void;
}

/** One change set: what it did in plain words and by key, who stands behind it, how far it is proved, and the way back. */
export function ChangeSheet({ env, id, onClose }: ChangeSheetProps) {
  const t = useTranslations("changes");
  const { entry, row, pending, failure, error, retry } = useChange(env, id);
  const [undoing, setUndoing] = useState(false);
  const [footer, setFooter] = useState<HTMLElement | null>(null);
  return (
    <Sheet
      title={row ? row.reason || t("noReason") : t("change")}
      description={row ? <Description env={env} row={row} entry={entry} /> : id}
      onClose={onClose}
      footer={
        row && (undoing ? <div ref={setFooter} /> : <Actions row={row} onUndo={() => setUndoing(true)} />)
      }
    >
      {row ? (
        <div className="flex flex-col gap-6">
          {failure && failure.kind !== "not-found" && (
            <Callout tone="warning" role="status" title={t("away")}>
              <FailureWords error={error} />
            </Callout>
          )}
          {undoing ? (
            <UndoView env={env} row={row} footer={footer} onBack={() => setUndoing(false)} />
          ) : (
            <Details env={env} row={row} entry={entry} />
          )}
        </div>
      ) : pending ? (
        <SkeletonRows rows={6} label={t("loading")} />
      ) : failure === undefined || failure.kind === "not-found" ? (
        <Empty title={t("notHere")}>{t("notHereDetail")}</Empty>
      ) : (
        <Failed title={t("failed")} onRetry={retry}>
          <FailureWords error={error} />
        </Failed>
      )}
    </Sheet>
  );
}

function Actions({ row, onUndo }: { row: ChangeRow; onUndo: () => void }) {
  const t = useTranslations("changes");
  const { go } = useAddress();
  return (
    <div className="flex flex-wrap items-center gap-3 max-md:flex-col max-md:flex-nowrap max-md:items-stretch">
      <Button onClick={onUndo} data-autofocus>
        <Undo2 size={14} aria-hidden />
        {t("undo.open")}
      </Button>
      {row.revision > 1 && (
        <Button tone="quiet" onClick={() => go({ change: null, restore: `r${row.revision - 1}` })}>
          <History size={14} aria-hidden />
          {t("restore.before")}
        </Button>
      )}
    </div>
  );
}

interface PartProps {
  readonly env: string;
  readonly row: ChangeRow;
  readonly entry: ChangeEntry | undefined;
}

function Description({ row, entry }: PartProps) {
  const t = useTranslations("changes");
  const approver = entry?.journal.approvedBy;
  return (
    <span className="flex flex-wrap items-center gap-x-3 pt-1">
      <AuthorMark author={row.author} />
      {approver && (
        <span className="inline-flex min-w-0 items-center gap-1">
          {t("approvedBy")} <AuthorMark author={approver} />
        </span>
      )}
      {row.at !== "" && <RelativeTime at={row.at} />}
      <span className="font-mono text-ink-3" data-testid="change-revision">
        r{row.revision}
      </span>
    </span>
  );
}

function Details({ env, row, entry }: PartProps) {
  const t = useTranslations("changes");
  const { go } = useAddress();
  const { undone, group } = useRelated(env, row);
  const override = entry?.journal.override;
  return (
    <>
      {undone && (
        <Callout title={t("undoneBy", { reason: undone.reason, revision: undone.revision })}>
          <Button onClick={() => go({ change: undone.id })}>{t("openIt")}</Button>
        </Callout>
      )}
      {row.undoes !== undefined && (
        <Callout title={t("takesBack")}>
          <Button onClick={() => go({ change: row.undoes ?? null })}>{t("openIt")}</Button>
        </Callout>
      )}
      {override && (
        <Callout tone="warning" title={t("overridden", { reason: override.reason })}>
          <ul className="flex list-disc flex-col gap-1 ps-4">
            {override.broke.map((sentence) => (
              <li key={sentence}>{sentence}</li>
            ))}
          </ul>
        </Callout>
      )}
      {entry ? <What env={env} entry={entry} /> : <Levers env={env} row={row} />}
      <ChangeProof env={env} id={row.id} title={t("proof")} />
      {group.length > 1 && (
        <section aria-label={t("group")} className="flex flex-col gap-1">
          <h3 className="label-12">{t("groupOf", { count: group.length })}</h3>
          <ul className="flex flex-col border-line border-y">
            {group.slice(0, 12).map((part) => (
              <li key={part.id} className="flex items-center gap-3 border-line py-1 not-first:border-t">
                <button
                  type="button"
                  disabled={part.id === row.id}
                  onClick={() => go({ change: part.id })}
                  className="min-h-6 min-w-0 truncate rounded-4 text-left text-accent disabled:text-ink max-md:min-h-11"
                >
                  {part.reason}
                </button>
                <span className="ms-auto whitespace-nowrap font-mono text-12 text-ink-3">
                  r{part.revision}
                </span>
              </li>
            ))}
          </ul>
          {group.length > 12 && (
            <Button
              tone="quiet"
              className="self-start"
              onClick={() => go({ ...NO_FILTER, change: null, group: row.groupId ?? null })}
            >
              {t("wholeGroup")}
            </Button>
          )}
        </section>
      )}
    </>
  );
}

/** What it did to each lever. */
function What({ env, entry }: { env: string; entry: ChangeEntry }) {
  const t = useTranslations("changes");
  const words = useDiffWords();
  const { diffs, pending, unknown, left, more } = useChangeDiffs(env, entry);
  return (
    <section aria-label={t("what")} className="flex flex-col gap-3" data-testid="what">
      <h3 className="label-12">{t("what")}</h3>
      <LeverDiffs diffs={diffs} />
      {pending && <p className="skeleton h-5 w-full" />}
      {unknown.map((edit) => (
        <p key={words.full(edit)} className="text-ink-2 wrap-anywhere">
          {t("beforeUnknown", { name: words.full(edit) })}
        </p>
      ))}
      {left > 0 && (
        <Button className="self-start" onClick={more}>
          {t("moreOfIt", { count: left })}
        </Button>
      )}
      <LeverLinks env={env} refs={entry.journal.edits} />
    </section>
  );
}

/** The levers alone, where the history can't say what became of them. */
function Levers({ env, row }: { env: string; row: ChangeRow }) {
  const t = useTranslations("changes");
  return (
    <section aria-label={t("what")} className="flex flex-col gap-1">
      <h3 className="label-12">{t("column.levers")}</h3>
      <LeverLinks env={env} refs={row.refs} />
    </section>
  );
}

const LINKED = 12;

function LeverLinks({ env, refs }: { env: string; refs: ChangeRow["refs"] }) {
  const t = useTranslations("changes");
  const { go } = useAddress();
  const words = useDiffWords();
  return (
    <ul className="flex flex-col border-line border-t">
      {refs.slice(0, LINKED).map((ref) => (
        <li
          key={words.full(ref)}
          className="flex flex-wrap items-center gap-x-3 border-line border-b py-1 text-12"
        >
          <span className="min-w-0 truncate font-mono">{words.full(ref)}</span>
          <span className="ms-auto flex gap-3">
            {ref.kind === "switch" && (
              <PageLink
                className="inline-flex min-h-6 items-center rounded-4 text-accent max-md:min-h-11"
                href={`/switches?env=${encodeURIComponent(env)}&lever=${encodeURIComponent(words.full(ref))}`}
              >
                {t("openLever")}
              </PageLink>
            )}
            <button
              type="button"
              className="min-h-6 rounded-4 text-accent max-md:min-h-11"
              onClick={() =>
                go({ ...NO_FILTER, change: null, service: ref.service, kind: ref.kind, name: ref.name })
              }
            >
              {t("itsChanges")}
            </button>
          </span>
        </li>
      ))}
    </ul>
  );
}
