"use client";

import { useTranslations } from "next-intl";
import { useState } from "react";
import { Button } from "../kit/button.tsx";
import { Diff } from "../kit/diff.tsx";
import { isLongText, type LeverDiff, useDiffWords } from "./diff-words.ts";
import { lineDifferences } from "./leaves.ts";

const SHOWN = 8;

/** Lever by lever: a plain sentence, then by key, then by line where a value is a text. */
export function LeverDiffs({ diffs }: { diffs: readonly LeverDiff[] }) {
  const t = useTranslations("changes");
  const [shown, setShown] = useState(SHOWN);
  return (
    <div className="flex flex-col gap-4">
      {diffs.slice(0, shown).map((diff) => (
        <OneLever key={`${diff.ref.service}/${diff.ref.kind}/${diff.ref.name}`} diff={diff} />
      ))}
      {diffs.length > shown && (
        <Button className="self-start" onClick={() => setShown(shown + 50)}>
          {t("showMore", { count: Math.min(50, diffs.length - shown) })}
        </Button>
      )}
    </div>
  );
}

function OneLever({ diff }: { diff: LeverDiff }) {
  const words = useDiffWords();
  const texts = diff.entries.filter(({ before, after }) => isLongText(before) || isLongText(after));
  const short = { ...diff, entries: diff.entries.filter((entry) => !texts.includes(entry)) };
  return (
    <div className="flex flex-col gap-1" data-lever-diff={words.full(diff.ref)}>
      <p className="label-12">
        {diff.ref.kind} · {words.where(diff.ref)}
      </p>
      <Diff sentence={words.sentence(diff)} changes={diff.op === "delete" ? [] : words.keys(short)} />
      {diff.op !== "delete" &&
        texts.map((entry) => (
          <TextLines
            key={entry.path}
            label={words.label(diff.ref, entry.path)}
            before={textOf(entry.before)}
            after={textOf(entry.after)}
          />
        ))}
    </div>
  );
}

const textOf = (value: unknown): string =>
  value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(value, null, 2);

const LINES_MOST = 200;

function TextLines({ label, before, after }: { label: string; before: string; after: string }) {
  const t = useTranslations("changes");
  const { lost, gained, from } = lineDifferences(before, after);
  const lines = [
    ...lost.map((line) => ["−", line] as const),
    ...gained.map((line) => ["+", line] as const),
  ].map(([sign, line], index) => ({ key: `${index}`, sign, line }));
  return (
    <figure className="flex flex-col gap-1">
      <figcaption className="text-12 text-ink-3">{t("fromLine", { key: label, line: from })}</figcaption>
      <div className="max-h-80 overflow-y-auto border-line border-y py-1 font-mono text-12">
        {lines.slice(0, LINES_MOST).map(({ key, sign, line }) => (
          <p key={key} className={`flex gap-2 ${sign === "−" ? "text-ink-3" : "text-ink"}`}>
            <span className="shrink-0 select-none">{sign}</span>
            <span className="min-w-0 whitespace-pre-wrap wrap-anywhere">{line}</span>
          </p>
        ))}
        {lines.length > LINES_MOST && (
          <p className="text-ink-3">{t("moreLines", { count: lines.length - LINES_MOST })}</p>
        )}
      </div>
    </figure>
  );
}
