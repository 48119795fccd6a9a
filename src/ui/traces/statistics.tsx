"use client";

import { useTranslations } from "next-intl";
import { useMemo, useState } from "react";
import type { Segment } from "../../domain/traces/critical-path.ts";
import { type Statistic, statisticsOf } from "../../domain/traces/statistics.ts";
import type { Trace } from "../../domain/traces/tree.ts";
import { Segmented } from "../kit/segmented.tsx";
import { useDurationWords } from "./words.ts";

const COLUMNS = ["spans", "errors", "selfNs", "criticalNs", "totalNs", "meanNs", "p95Ns", "mostNs"] as const;
type Column = (typeof COLUMNS)[number];
/** More rows than these are no table that anybody reads. */
const MOST_ROWS = 500;

/** What a trace's time went to, in a table that sorts. */
export function Statistics({ trace, path }: { trace: Trace; path: readonly Segment[] }) {
  const t = useTranslations("traces");
  const write = useDurationWords();
  const [by, setBy] = useState<"service" | "operation">("operation");
  const [order, setOrder] = useState<Column>("selfNs");
  const all = useMemo(() => statisticsOf(trace, path, by), [trace, path, by]);
  const rows = useMemo(() => all.toSorted((a, b) => b[order] - a[order]).slice(0, MOST_ROWS), [all, order]);
  const most = Math.max(1, ...rows.map((row) => row[order]));
  const cell = (row: Statistic, column: Column): string =>
    column === "spans" || column === "errors" ? `${row[column]}` : write(row[column]);
  return (
    <div className="overflow-x-auto px-4 py-3" data-testid="statistics">
      <Segmented
        label={t("statistics.by")}
        value={by}
        options={[
          { value: "operation", label: t("operation") },
          { value: "service", label: t("service") },
        ]}
        onChange={setBy}
      />
      <table className="mt-2 w-full">
        <thead>
          <tr className="border-line border-b text-left">
            <th className="label-12 py-1 font-normal">{t(by)}</th>
            {COLUMNS.map((column) => (
              <th
                key={column}
                aria-sort={order === column ? "descending" : "none"}
                className="py-1 ps-3 text-right font-normal"
              >
                <button
                  type="button"
                  className={`text-12 whitespace-nowrap ${order === column ? "font-medium text-ink underline underline-offset-4" : "text-ink-3 hover:text-ink"}`}
                  onClick={() => setOrder(column)}
                >
                  {t(`statistics.${column}`)}
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={`${row.service} ${row.name}`} className="border-line border-b">
              <th
                scope="row"
                aria-label={`${row.service} ${row.name}`}
                className="max-w-96 py-1.5 text-left font-normal"
              >
                <span className="flex flex-col gap-1">
                  <span className="truncate">
                    <span className="font-medium">{row.service}</span>{" "}
                    <span className="text-ink-2">{row.name}</span>
                  </span>
                  <span aria-hidden className="h-[3px] w-full bg-surface-2">
                    <span
                      className="block h-full bg-ink-3"
                      style={{ width: `${(row[order] / most) * 100}%` }}
                    />
                  </span>
                </span>
              </th>
              {COLUMNS.map((column) => (
                <td
                  key={column}
                  className={`py-1.5 ps-3 text-right font-mono whitespace-nowrap ${column === "errors" ? (row.errors > 0 ? "text-failed" : "text-ink-3") : ""}`}
                >
                  {cell(row, column)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {all.length > rows.length && (
        <p className="pt-2 text-12 text-ink-3">{t("statistics.cut", { count: all.length - rows.length })}</p>
      )}
    </div>
  );
}
