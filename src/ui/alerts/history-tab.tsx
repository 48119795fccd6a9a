"use client";

import { useInfiniteQuery } from "@tanstack/react-query";
import { useFormatter, useTranslations } from "next-intl";
import { Cell, Row, Rows } from "../admin/rows.tsx";
import { useAddress } from "../frame/address.ts";
import { Button } from "../kit/button.tsx";
import { Empty, Failed, SkeletonRows } from "../kit/states.tsx";
import { FailureWords } from "../switches/failure-words.tsx";
import { AlertLinks } from "./alert-links.tsx";
import { alertKeys, alertsApi, type LoggedAlert } from "./api.ts";
import { LabelWords } from "./label-words.tsx";
import { SeverityMark } from "./severity-mark.tsx";

const AGAIN_MS = 10_000;

/** Every time that an alert fired, the newest first. */
export function HistoryTab({ env }: { env: string }) {
  const t = useTranslations("alerts");
  const { search, go } = useAddress();
  const name = search.get("name");
  const pages = useInfiniteQuery({
    queryKey: alertKeys.history(env, name),
    queryFn: ({ pageParam, signal }) => alertsApi.history(env, name, pageParam, { signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next,
    refetchInterval: AGAIN_MS,
  });
  if (pages.isPending) return <SkeletonRows rows={6} label={t("loading")} />;
  if (pages.data === undefined) {
    return (
      <Failed title={t("historyFailed")} onRetry={() => void pages.refetch()}>
        <FailureWords error={pages.error} />
      </Failed>
    );
  }
  const rows = pages.data.pages.flatMap((page) => page.rows);
  return (
    <>
      {name !== null && (
        <p className="flex items-center gap-3 px-4 py-2">
          {t("onlyNamed", { name })}
          <Button onClick={() => go({ name: null })}>{t("showAll")}</Button>
        </p>
      )}
      {rows.length === 0 ? (
        <Empty title={t("noHistory")}>{t("noHistoryDetail")}</Empty>
      ) : (
        <Rows
          label={t("tab.history")}
          columns="110px minmax(220px,3fr) minmax(140px,1.2fr) 150px 110px"
          heads={[t("severityHead"), t("what"), t("labels"), t("began"), t("lasted")]}
        >
          {rows.map((alert) => (
            <HistoryLine
              key={`${alert.source}/${alert.fingerprint}@${alert.startsAt}`}
              env={env}
              alert={alert}
            />
          ))}
        </Rows>
      )}
      {pages.hasNextPage && (
        <div className="px-4 py-3">
          <Button disabled={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
            {t("more")}
          </Button>
        </div>
      )}
    </>
  );
}

function HistoryLine({ env, alert }: { env: string; alert: LoggedAlert }) {
  const t = useTranslations("alerts");
  const format = useFormatter();
  const over = alert.endsAt !== undefined;
  return (
    <Row name={alert.name}>
      <Cell>
        <SeverityMark severity={alert.severity} over={over} />
      </Cell>
      <Cell whole>
        <span className="block font-medium">{alert.annotations["summary"] ?? alert.name}</span>
        <span className="block font-mono text-12 text-ink-3">
          {alert.name}
          {alert.source === "alertmanager" && " · Alertmanager"}
        </span>
        <AlertLinks env={env} labels={alert.labels} since={alert.startsAt} until={alert.endsAt} />
      </Cell>
      <Cell>
        <LabelWords labels={alert.labels} />
      </Cell>
      <Cell className="text-12 text-ink-2">
        <time dateTime={alert.startsAt}>
          {format.dateTime(new Date(alert.startsAt), { dateStyle: "medium", timeStyle: "medium" })}
        </time>
      </Cell>
      <Cell className={over ? "text-12 text-ink-2" : "font-medium text-12 text-degraded"}>
        {alert.endsAt === undefined ? t("stillFires") : <Lasted from={alert.startsAt} to={alert.endsAt} />}
      </Cell>
    </Row>
  );
}

function Lasted({ from, to }: { from: string; to: string }) {
  const t = useTranslations("alerts");
  const seconds = Math.round((Date.parse(to) - Date.parse(from)) / 1_000);
  const count =
    seconds < 120 ? seconds : seconds < 7_200 ? Math.round(seconds / 60) : Math.round(seconds / 3_600);
  return t(seconds < 120 ? "seconds" : seconds < 7_200 ? "minutes" : "hours", { count });
}
