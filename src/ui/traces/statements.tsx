"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useMemo } from "react";
import type { Statement } from "../api/contract.ts";
import { useServices } from "../api/queries.ts";
import type { Span } from "../charts/span.ts";
import { useAddress } from "../frame/address.ts";
import { SelectInput } from "../kit/field.tsx";
import { Segmented } from "../kit/segmented.tsx";
import { Empty, Failed, SkeletonRows } from "../kit/states.tsx";
import { FailureWords } from "../switches/failure-words.tsx";
import { tracesApi } from "./api.ts";
import { useDurationWords } from "./words.ts";

const THRESHOLDS = ["10", "100", "500", "1000"] as const;
const USUAL = "100";

/** What databases were asked that took longer than a threshold, the costliest first; each leads to its slowest trace. */
export function Statements({ env, span }: { env: string; span: Span }) {
  const t = useTranslations("traces");
  const write = useDurationWords();
  const { search, go } = useAddress();
  const service = search.get("service") ?? "";
  const over = THRESHOLDS.find((one) => one === search.get("over")) ?? USUAL;
  const services = useServices(env).data ?? [];
  const asked = useMemo(
    () => ({
      service: service === "" ? undefined : service,
      leastMs: Number(over),
      fromMs: Math.floor(span.fromMs),
      toMs: Math.ceil(span.toMs),
    }),
    [service, over, span],
  );
  const answer = useQuery({
    queryKey: ["statements", env, asked],
    queryFn: ({ signal }) => tracesApi.statements(env, asked, { signal }),
    placeholderData: keepPreviousData,
    retry: false,
    gcTime: 60_000,
  });
  const known = services.map((one) => one.service);
  const listed = service === "" || known.includes(service) ? known : [service, ...known];
  return (
    <>
      <div
        role="search"
        aria-label={t("statements.which")}
        className="flex flex-wrap items-center gap-2 px-4 pb-3"
      >
        <SelectInput
          aria-label={t("service")}
          value={service}
          onChange={({ target }) => go({ service: target.value })}
          className="max-w-44"
        >
          <option value="">{t("anyService")}</option>
          {listed.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </SelectInput>
        <span className="text-ink-2">{t("statements.over")}</span>
        <Segmented
          label={t("statements.over")}
          value={over}
          options={THRESHOLDS.map((value) => ({ value, label: write(Number(value) * 1e6) }))}
          onChange={(next) => go({ over: next === USUAL ? null : next })}
        />
      </div>
      {answer.isError && answer.data === undefined ? (
        <Failed title={t("statements.notToBeHad")} onRetry={() => void answer.refetch()}>
          <FailureWords error={answer.error} />
        </Failed>
      ) : answer.data === undefined ? (
        <SkeletonRows rows={8} label={t("loading")} />
      ) : answer.data.length === 0 ? (
        <Empty title={t("statements.none", { over: write(Number(over) * 1e6) })}>
          <p>{t("statements.noneHint")}</p>
        </Empty>
      ) : (
        <Table
          statements={answer.data}
          onOpen={({ traceId, spanId }) => go({ trace: traceId, span: spanId })}
        />
      )}
    </>
  );
}

function Table({
  statements,
  onOpen,
}: {
  statements: readonly Statement[];
  onOpen: (statement: Statement) => void;
}) {
  const t = useTranslations("traces");
  const write = useDurationWords();
  const ms = (value: number): string => write(value * 1e6);
  return (
    <div className="overflow-x-auto px-4 pb-8">
      <table className="w-full">
        <thead>
          <tr className="label-12 border-line border-b text-left">
            <th className="py-1 pe-4 font-normal">{t("statements.statement")}</th>
            {(["calls", "failed", "p50", "p95", "most", "total"] as const).map((column) => (
              <th
                key={column}
                className="py-1 ps-4 text-right font-normal max-md:nth-[n+4]:nth-[-n+5]:hidden"
              >
                {t(`statements.${column}`)}
              </th>
            ))}
            <th className="w-24">
              <span className="sr-only">{t("statements.open")}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {statements.map((one) => (
            <tr
              key={`${one.service} ${one.system} ${one.statement}`}
              className="border-line border-b align-top hover:bg-surface-2"
            >
              <td className="py-2 pe-4">
                <code className="block max-w-[70ch] font-mono text-12 wrap-anywhere">{one.statement}</code>
                <span className="text-12 text-ink-3">
                  {one.service} → {one.system}
                </span>
              </td>
              <td className="py-2 ps-4 text-right">{one.calls}</td>
              <td className={`py-2 ps-4 text-right ${one.errors > 0 ? "text-failed" : "text-ink-3"}`}>
                {one.errors}
              </td>
              <td className="py-2 ps-4 text-right font-mono max-md:hidden">{ms(one.p50Ms)}</td>
              <td className="py-2 ps-4 text-right font-mono max-md:hidden">{ms(one.p95Ms)}</td>
              <td className="py-2 ps-4 text-right font-mono">{ms(one.mostMs)}</td>
              <td className="py-2 ps-4 text-right font-mono">{ms(one.totalMs)}</td>
              <td className="py-2 ps-4 text-right">
                <button type="button" className="whitespace-nowrap text-accent" onClick={() => onOpen(one)}>
                  {t("statements.open")}
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
