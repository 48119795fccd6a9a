"use client";

import { ArrowRight } from "lucide-react";
import { useTranslations } from "next-intl";
import { classNames } from "./class-names.ts";

/** One key that differs, already in the reader's words. `undefined`: it is not there. */
export interface KeyChange {
  readonly key: string;
  readonly label: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
  /** A body, not a word: set in the fixed face. */
  readonly verbatim?: boolean;
}

/** What a change does: a plain sentence first, then key by key. */
export function Diff({ sentence, changes }: { sentence: string; changes: readonly KeyChange[] }) {
  const t = useTranslations("diff");
  return (
    <section aria-label={t("title")} className="flex flex-col gap-2">
      <p className="font-semibold text-14" data-testid="diff-sentence">
        {sentence}
      </p>
      <DiffKeys changes={changes} />
    </section>
  );
}

/** Key by key: what it was, and what it becomes. */
export function DiffKeys({ changes }: { changes: readonly KeyChange[] }) {
  const t = useTranslations("diff");
  if (changes.length === 0) return null;
  return (
    <dl className="flex flex-col border-line border-y">
      {changes.map((change) => (
        <div key={change.key} className="flex flex-wrap gap-x-3 border-line py-1.5 not-first:border-t">
          <dt className="w-20 shrink-0 text-12 text-ink-3 leading-5 wrap-anywhere">{change.label}</dt>
          <dd className="flex min-w-0 flex-1 flex-wrap items-start gap-x-2">
            <Value text={change.before} verbatim={change.verbatim} gone />
            <ArrowRight size={14} className="mt-1 shrink-0 text-ink-3" aria-label={t("becomes")} />
            <Value text={change.after} verbatim={change.verbatim} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

interface ValueProps {
  readonly text: string | undefined;
  readonly verbatim: boolean | undefined;
  readonly gone?: boolean;
}

function Value({ text, verbatim = false, gone = false }: ValueProps) {
  const t = useTranslations("diff");
  if (text === undefined) return <span className="text-ink-3">{t("none")}</span>;
  return (
    <span
      className={classNames(
        "min-w-0 leading-5 wrap-anywhere",
        verbatim && "font-mono text-12",
        gone && "text-ink-3 line-through",
      )}
    >
      {text}
    </span>
  );
}
