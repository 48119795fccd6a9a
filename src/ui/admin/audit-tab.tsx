"use client";

import { useInfiniteQuery } from "@tanstack/react-query";
import { useFormatter, useTranslations } from "next-intl";
import { Fragment, useMemo } from "react";
import type { SessionView } from "../api/contract.ts";
import { useAddress } from "../frame/address.ts";
import { Button } from "../kit/button.tsx";
import { Callout } from "../kit/callout.tsx";
import { RelativeTime } from "../kit/relative-time.tsx";
import { Empty, Failed, SkeletonRows } from "../kit/states.tsx";
import { FailureWords } from "../switches/failure-words.tsx";
import { type AuditRow, adminApi, adminKeys } from "./api.ts";
import { exportAddress, FILTER_PARTS, filterOf } from "./audit-filter.ts";
import { AuditFilters } from "./audit-filters.tsx";
import { FailureNote } from "./failure-note.tsx";
import { Cell, Row, RowButton, Rows } from "./rows.tsx";

/** Everything that was done or refused, newest first. */
export function AuditTab({ session }: { session: SessionView }) {
  const t = useTranslations("admin.audit");
  if (session.controlAdmin) return <Log session={session} />;
  return (
    <div className="px-4 py-4">
      <Callout title={t("closed")}>{t("closedDetail")}</Callout>
    </div>
  );
}

const NO_FILTER = Object.fromEntries(FILTER_PARTS.map((part) => [part, null]));

function Log({ session }: { session: SessionView }) {
  const t = useTranslations("admin.audit");
  const { search, go } = useAddress();
  const filter = useMemo(() => filterOf(search), [search]);
  const filtered = Object.keys(filter).length > 0;
  const log = useInfiniteQuery({
    queryKey: adminKeys.audit(filter),
    queryFn: ({ signal, pageParam }) => adminApi.audit(filter, pageParam, { signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next,
  });
  const rows = log.data?.pages.flatMap((page) => page.rows) ?? [];
  const opened = search.get("entry");
  return (
    <>
      <AuditFilters session={session} />
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1 px-4 pb-3">
        {(["csv", "json"] as const).map((format) => (
          <a
            key={format}
            href={exportAddress(format, filter)}
            download
            className="inline-flex min-h-6 items-center text-accent underline max-md:min-h-11"
          >
            {t(format)}
          </a>
        ))}
        <Button tone="quiet" disabled={log.isFetching} onClick={() => void log.refetch()}>
          {t("refresh")}
        </Button>
        {filtered && (
          <Button tone="quiet" onClick={() => go(NO_FILTER)}>
            {t("clear")}
          </Button>
        )}
      </div>
      {log.isPending && <SkeletonRows rows={8} label={t("loading")} />}
      {log.isError && log.data === undefined && (
        <Failed title={t("failed")} onRetry={() => void log.refetch()}>
          <FailureWords error={log.error} />
        </Failed>
      )}
      {log.data && rows.length === 0 && (
        <Empty title={filtered ? t("nothingFound") : t("none")}>
          {filtered ? t("nothingFoundDetail") : t("noneDetail")}
        </Empty>
      )}
      {rows.length > 0 && (
        <Rows
          label={t("title")}
          columns="92px minmax(110px,1fr) minmax(150px,1.4fr) 80px minmax(140px,1.8fr) 80px"
          heads={[t("time"), t("actor"), t("action"), t("env"), t("target"), t("outcome")]}
        >
          {rows.map((row) => (
            <Fragment key={row.id}>
              <Line
                row={row}
                open={row.id === opened}
                onOpen={() => go({ entry: row.id === opened ? null : row.id }, "replace")}
              />
              {row.id === opened && <Detail row={row} />}
            </Fragment>
          ))}
        </Rows>
      )}
      <div className="flex flex-col items-start gap-2 px-4 py-3">
        {log.isFetchNextPageError && <FailureNote title={t("failed")} error={log.error} />}
        {log.hasNextPage && (
          <Button disabled={log.isFetchingNextPage} onClick={() => void log.fetchNextPage()}>
            {log.isFetchingNextPage ? t("loading") : t("older")}
          </Button>
        )}
        {rows.length > 0 && !log.hasNextPage && <p className="text-12 text-ink-3">{t("end")}</p>}
      </div>
    </>
  );
}

const OUTCOME_LOOK = {
  done: "text-ink-2",
  refused: "font-semibold text-degraded",
  failed: "font-semibold text-failed",
} as const;

function Line({ row, open, onOpen }: { row: AuditRow; open: boolean; onOpen: () => void }) {
  const t = useTranslations("admin.audit");
  return (
    <Row name={row.id} opens>
      <Cell className="text-12 text-ink-3">
        <RelativeTime at={row.at} />
      </Cell>
      <Cell>{row.actor.id}</Cell>
      <Cell className="font-mono text-12">
        <RowButton expanded={open} onClick={onOpen}>
          {row.action}
        </RowButton>
      </Cell>
      <Cell className="font-mono text-12 text-ink-2">{row.env}</Cell>
      <Cell className="font-mono text-12 text-ink-2">{row.target}</Cell>
      <Cell className={`text-12 max-lg:ms-auto ${OUTCOME_LOOK[row.outcome]}`}>
        {t(`outcomes.${row.outcome}`)}
      </Cell>
    </Row>
  );
}

function Detail({ row }: { row: AuditRow }) {
  const t = useTranslations("admin.audit");
  const format = useFormatter();
  const said: readonly (readonly [string, string])[] = [
    [t("at"), format.dateTime(new Date(row.at), { dateStyle: "medium", timeStyle: "long" })],
    [t("who"), `${row.actor.kind} ${row.actor.id}`],
    ...(row.address === undefined ? [] : [[t("address"), row.address] as const]),
    ...Object.entries(row.detail).map(
      ([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)] as const,
    ),
  ];
  return (
    <div role="row" className="border-line border-b bg-surface-1 px-4 py-2">
      <div role="cell">
        <dl className="grid grid-cols-[minmax(80px,140px)_1fr] gap-x-3 gap-y-1">
          {said.map(([key, value]) => (
            <Fragment key={key}>
              <dt className="text-12 text-ink-3 wrap-anywhere">{key}</dt>
              <dd className="min-w-0 font-mono text-12 wrap-anywhere">{value}</dd>
            </Fragment>
          ))}
        </dl>
      </div>
    </div>
  );
}
