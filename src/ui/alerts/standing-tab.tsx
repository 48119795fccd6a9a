"use client";

import { useTranslations } from "next-intl";
import { Suspense, useState } from "react";
import { Cell, Row, Rows } from "../admin/rows.tsx";
import { Button } from "../kit/button.tsx";
import { Callout } from "../kit/callout.tsx";
import { RelativeTime } from "../kit/relative-time.tsx";
import { Empty, SkeletonRows } from "../kit/states.tsx";
import { lazyPart } from "../lazy-part.tsx";
import { useMayIn } from "../session/rights.ts";
import { AlertLinks } from "./alert-links.tsx";
import type { LoggedAlert, StandingAlert } from "./api.ts";
import { LabelWords } from "./label-words.tsx";
import { SeverityMark } from "./severity-mark.tsx";
import { useStanding } from "./use-alerts.ts";

const SilenceSheet = lazyPart(() => import("./silence-sheet.tsx").then((module) => module.SilenceSheet));

const COLUMNS = "110px minmax(220px,3fr) minmax(140px,1.2fr) 110px 96px";

/** What fires now, ours and what an Alertmanager told of; what waits to fire; and which rules could not be looked at. */
export function StandingTab({ env }: { env: string }) {
  const t = useTranslations("alerts");
  const { data } = useStanding(env);
  const [silenced, setSilenced] = useState<Readonly<Record<string, string>>>();
  if (data === undefined) return <SkeletonRows rows={6} label={t("loading")} />;
  const standing = data.alerts.filter(({ endsAt }) => endsAt === undefined);
  const empty = standing.length === 0 && (data.elsewhere?.length ?? 0) === 0;
  const failing = data.deliveries.filter(({ ok }) => !ok);
  return (
    <>
      <div className="flex flex-col gap-2 px-4 py-3 empty:hidden">
        {failing.map(({ receiver, why, at }) => (
          <Callout key={receiver} tone="failed" role="alert" title={t("notDelivered", { receiver })}>
            {why} (<RelativeTime at={at} />)
          </Callout>
        ))}
        {data.problems.length > 0 && (
          <Callout tone="warning" title={t("problems", { count: data.problems.length })}>
            <ul>
              {data.problems.map(({ rule, why, since }) => (
                <li key={rule}>
                  <span className="font-mono text-12">{rule}</span>: {why} (<RelativeTime at={since} />)
                </li>
              ))}
            </ul>
          </Callout>
        )}
        {data.elsewhere === null && <Callout title={t("elsewhereUnknown")} />}
      </div>
      {empty ? (
        <Empty title={t("none")}>{t("noneDetail")}</Empty>
      ) : (
        <Rows
          label={t("tab.standing")}
          columns={COLUMNS}
          heads={[t("severityHead"), t("what"), t("labels"), t("since"), t("silenceHead")]}
        >
          {standing.map((alert) => (
            <OwnLine
              key={`${alert.fingerprint}@${alert.since}`}
              env={env}
              alert={alert}
              onSilence={() => setSilenced(alert.labels)}
            />
          ))}
          {data.elsewhere?.map((alert) => (
            <ForeignLine key={`${alert.fingerprint}@${alert.startsAt}`} env={env} alert={alert} />
          ))}
        </Rows>
      )}
      <p className="px-4 py-3 text-12 text-ink-3">
        {data.lookedAt === undefined ? t("neverLooked") : t("looked")}
        {data.lookedAt !== undefined && <RelativeTime at={data.lookedAt} />}
      </p>
      {silenced && (
        <Suspense>
          <SilenceSheet env={env} labels={silenced} onClose={() => setSilenced(undefined)} />
        </Suspense>
      )}
    </>
  );
}

interface OwnLineProps {
  readonly env: string;
  readonly alert: StandingAlert;
  readonly onSilence: () => void;
}

function OwnLine({ env, alert, onSilence }: OwnLineProps) {
  const t = useTranslations("alerts");
  const { service } = alert.labels;
  const may = useMayIn("operator", env, [service ?? "*"]);
  const waits = alert.startsAt === undefined;
  return (
    <Row name={alert.rule}>
      <Cell>
        <SeverityMark severity={alert.severity} over={waits || alert.muted !== undefined} />
        <span className="block text-12 text-ink-3">
          {waits ? t("waits") : alert.muted ? t(`muted.${alert.muted.by}`) : t("fires")}
        </span>
      </Cell>
      <Cell whole>
        <span className={waits || alert.muted ? "block text-ink-2" : "block font-medium"}>
          {alert.summary}
        </span>
        {alert.description !== "" && <span className="block text-12 text-ink-2">{alert.description}</span>}
        {alert.runbook !== "" && (
          <a className="text-12 text-accent underline" href={alert.runbook} target="_blank" rel="noreferrer">
            {t("runbook")}
          </a>
        )}
        <AlertLinks env={env} labels={alert.labels} since={alert.startsAt ?? alert.since} />
      </Cell>
      <Cell>
        <LabelWords labels={alert.labels} />
      </Cell>
      <Cell className="text-12 text-ink-2">
        <RelativeTime at={alert.startsAt ?? alert.since} />
      </Cell>
      <Cell className="max-lg:ms-auto">
        <Button
          aria-label={t("silenceFor", { name: alert.rule })}
          disabled={!may || alert.muted?.by === "silence"}
          onClick={onSilence}
        >
          {t("silence")}
        </Button>
      </Cell>
    </Row>
  );
}

function ForeignLine({ env, alert }: { env: string; alert: LoggedAlert }) {
  const t = useTranslations("alerts");
  return (
    <Row name={alert.name}>
      <Cell>
        <SeverityMark severity={alert.severity} />
        <span className="block text-12 text-ink-3">Alertmanager</span>
      </Cell>
      <Cell whole>
        <span className="block font-medium">{alert.annotations["summary"] ?? alert.name}</span>
        {alert.annotations["description"] && (
          <span className="block text-12 text-ink-2">{alert.annotations["description"]}</span>
        )}
        <AlertLinks env={env} labels={alert.labels} since={alert.startsAt} />
      </Cell>
      <Cell>
        <LabelWords labels={alert.labels} />
      </Cell>
      <Cell className="text-12 text-ink-2">
        <RelativeTime at={alert.startsAt} />
      </Cell>
      <Cell className="text-12 text-ink-3">{t("silenceThere")}</Cell>
    </Row>
  );
}
