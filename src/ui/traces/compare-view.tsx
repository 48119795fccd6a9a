"use client";

import { ArrowDown, ArrowUp, Equal, type LucideIcon, Minus, Plus } from "lucide-react";
import { useTranslations } from "next-intl";
import { useMemo, useState } from "react";
import { compareTraces, type DifferenceWord } from "../../domain/traces/compare.ts";
import type { Trace } from "../../domain/traces/tree.ts";
import { useAddress } from "../frame/address.ts";
import { Button } from "../kit/button.tsx";
import { Field, TextInput } from "../kit/field.tsx";
import { SkeletonRows } from "../kit/states.tsx";
import { FailureWords } from "../switches/failure-words.tsx";
import { traceIdIn } from "./search-address.ts";
import { useTrace } from "./use-trace.ts";
import { useDurationWords, useMomentWords } from "./words.ts";

const LOOKS: Readonly<Record<DifferenceWord, { readonly Icon: LucideIcon; readonly look: string }>> = {
  "only first": { Icon: Minus, look: "text-ink-2" },
  "only second": { Icon: Plus, look: "text-pending" },
  slower: { Icon: ArrowUp, look: "text-failed" },
  faster: { Icon: ArrowDown, look: "text-ink" },
  same: { Icon: Equal, look: "text-ink-3" },
};
const WORDS = {
  "only first": "onlyFirst",
  "only second": "onlySecond",
  slower: "slower",
  faster: "faster",
  same: "same",
} as const satisfies Record<DifferenceWord, string>;
const MOST_ROWS = 1_000;

/** This trace beside another: the same calls on one line, and which took longer, came anew, or are missing. */
export function CompareView({ env, trace }: { env: string; trace: Trace }) {
  const t = useTranslations("traces");
  const { search, go } = useAddress();
  const other = search.get("with") ?? undefined;
  const { shown, error } = useTrace(env, other);
  const [text, setText] = useState("");
  const wanted = traceIdIn(text);
  const choose = (
    <form
      className="flex max-w-xl items-end gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        if (wanted !== undefined) go({ with: wanted });
      }}
    >
      <div className="min-w-0 flex-1">
        <Field label={t("compare.with")} hint={t("compare.hint")}>
          {(control) => (
            <TextInput
              {...control}
              className="font-mono"
              placeholder={t("idHint")}
              value={text}
              onChange={({ target }) => setText(target.value)}
            />
          )}
        </Field>
      </div>
      <Button type="submit" disabled={wanted === undefined} className="mb-5">
        {t("compare.go")}
      </Button>
    </form>
  );
  return (
    <div className="flex flex-col gap-3 px-4 py-3" data-testid="compare">
      {choose}
      {other !== undefined &&
        (error !== undefined ? (
          <div role="alert" className="text-failed">
            <FailureWords error={error} />
          </div>
        ) : shown === undefined ? (
          <SkeletonRows rows={6} label={t("opening")} />
        ) : (
          <Compared first={trace} second={shown.trace} />
        ))}
    </div>
  );
}

function Compared({ first, second }: { first: Trace; second: Trace }) {
  const t = useTranslations("traces");
  const write = useDurationWords();
  const moment = useMomentWords();
  const { go } = useAddress();
  const [onlyChanged, setOnlyChanged] = useState(false);
  const all = useMemo(() => compareTraces(first, second), [first, second]);
  const rows = (onlyChanged ? all.filter(({ word }) => word !== "same") : all).slice(0, MOST_ROWS);
  const byNs = second.durationNs - first.durationNs;
  return (
    <>
      <p className="flex flex-wrap items-center gap-x-4">
        <strong className="font-semibold text-16">
          {t(byNs > 0 ? "compare.longer" : "compare.shorter", { by: write(Math.abs(byNs)) })}
        </strong>
        <span className="text-ink-2">
          {write(first.durationNs)} ({moment(first.baseMs)}) → {write(second.durationNs)} (
          {moment(second.baseMs)})
        </span>
        <button
          type="button"
          className="text-accent underline"
          onClick={() => go({ trace: second.traceId, with: first.traceId, span: null })}
        >
          {t("compare.swap")}
        </button>
        <label className="inline-flex items-center gap-1.5">
          <input type="checkbox" checked={onlyChanged} onChange={() => setOnlyChanged(!onlyChanged)} />
          {t("compare.onlyChanged")}
        </label>
      </p>
      <div className="overflow-x-auto">
        <table className="w-full">
          <thead>
            <tr className="label-12 border-line border-b text-left">
              <th className="py-1 font-normal">{t("operation")}</th>
              <th className="py-1 ps-4 text-right font-normal">{t("compare.first")}</th>
              <th className="py-1 ps-4 text-right font-normal">{t("compare.second")}</th>
              <th className="py-1 ps-4 font-normal">{t("compare.difference")}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => {
              const { Icon, look } = LOOKS[row.word];
              const side = ({ spans, meanNs, errors }: typeof row.first) =>
                spans === 0
                  ? "–"
                  : `${spans > 1 ? `${spans} × ` : ""}${write(meanNs)}${errors > 0 ? " !" : ""}`;
              return (
                <tr key={row.key} data-word={row.word} className="border-line border-b">
                  <td className="max-w-md py-1.5">
                    <span
                      className="block truncate"
                      style={{ paddingInlineStart: Math.min(row.depth, 14) * 12 }}
                      title={`${row.service} ${row.name}`}
                    >
                      <span className="font-medium">{row.service}</span>{" "}
                      <span className="text-ink-2">{row.name}</span>
                    </span>
                  </td>
                  <td className="py-1.5 ps-4 text-right font-mono whitespace-nowrap">{side(row.first)}</td>
                  <td className="py-1.5 ps-4 text-right font-mono whitespace-nowrap">{side(row.second)}</td>
                  <td className={`py-1.5 ps-4 whitespace-nowrap ${look}`}>
                    <span className="inline-flex items-center gap-1">
                      <Icon size={13} aria-hidden />
                      {t(`compare.${WORDS[row.word]}`)}
                      {(row.word === "slower" || row.word === "faster") && (
                        <span className="font-mono">{write(Math.abs(row.byNs))}</span>
                      )}
                    </span>
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </>
  );
}
