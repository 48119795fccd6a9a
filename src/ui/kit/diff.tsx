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
}

/** What a change does: a plain sentence first, then key by key. */
export function Diff({ sentence, changes }: { sentence: string; changes: readonly KeyChange[] }) {
  const t = useTranslations("diff");
  return (
    <section aria-label={t("title")} className="flex flex-col gap-2">
      <p className="font-semibold text-14" data-testid="diff-sentence">
        {sentence}
      </p>
      {changes.length > 0 && (
        <dl className="flex flex-col border-line border-y">
          {changes.map((change) => (
            <div key={change.key} className="flex flex-wrap gap-x-3 border-line py-1.5 not-first:border-t">
              <dt className="w-20 shrink-0 text-12 text-ink-3 leading-5">{change.label}</dt>
              <dd className="flex min-w-0 flex-1 flex-wrap items-start gap-x-2">
                <Value text={change.before} gone={change.before !== undefined} />
                <ArrowRight size={14} className="mt-1 shrink-0 text-ink-3" aria-label={t("becomes")} />
                <Value text={change.after} />
              </dd>
            </div>
          ))}
        </dl>
      )}
    </section>
  );
}

function Value({ text, gone = false }: { text: string | undefined; gone?: boolean }) {
  const t = useTranslations("diff");
  if (text === undefined) return <span className="text-ink-3">{t("none")}</span>;
  return (
    <span
      className={classNames(
        "min-w-0 font-mono text-12 leading-5 wrap-anywhere",
        gone && "text-ink-3 line-through",
      )}
    >
      {text}
    </span>
  );
}
