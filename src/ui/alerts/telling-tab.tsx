"use client";

import { useMutation } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { Suspense, useState } from "react";
import { FailureNote } from "../admin/failure-note.tsx";
import { Guarded } from "../admin/guarded.tsx";
import { Cell, Row, Rows } from "../admin/rows.tsx";
import { useAddress } from "../frame/address.ts";
import { Button } from "../kit/button.tsx";
import { useNowMs } from "../kit/clock.ts";
import { RelativeTime } from "../kit/relative-time.tsx";
import { Empty, Failed, SkeletonRows } from "../kit/states.tsx";
import { lazyPart } from "../lazy-part.tsx";
import { useMayIn } from "../session/rights.ts";
import { FailureWords } from "../switches/failure-words.tsx";
import { alertsApi, type ReceiverRow, type Settings, type Silence } from "./api.ts";
import { useAlertSettings, useSettingsChange, useStanding } from "./use-alerts.ts";

const ReceiverSheet = lazyPart(() => import("./receiver-sheet.tsx").then((module) => module.ReceiverSheet));
const RoutingSheet = lazyPart(() => import("./routing-sheet.tsx").then((module) => module.RoutingSheet));

/** Who is told of what: receivers, the routes to them, and what nobody is told of for now. */
export function TellingTab({ env }: { env: string }) {
  const t = useTranslations("alerts");
  const { search, go } = useAddress();
  const settings = useAlertSettings(env);
  const may = useMayIn("admin", env, ["*"]);
  if (settings.isPending) return <SkeletonRows rows={4} label={t("loading")} />;
  if (settings.data === undefined) {
    return (
      <Failed title={t("settingsFailed")} onRetry={() => void settings.refetch()}>
        <FailureWords error={settings.error} />
      </Failed>
    );
  }
  const opened = search.get("receiver");
  const whyNot = may ? undefined : t("needsAdmin");
  const { receivers, routes, silences } = settings.data;
  return (
    <>
      <section aria-label={t("receivers")}>
        <div className="flex flex-wrap items-center gap-3 px-4 py-3">
          <h2 className="label-12">{t("receivers")}</h2>
          <Guarded whyNot={whyNot} onClick={() => go({ receiver: "new" })}>
            {t("newReceiver")}
          </Guarded>
        </div>
        {receivers.length === 0 ? (
          <Empty title={t("noReceivers")}>{t("noReceiversDetail")}</Empty>
        ) : (
          <Rows
            label={t("receivers")}
            columns="minmax(140px,1fr) 110px minmax(180px,2fr) minmax(160px,1.4fr) 120px"
            heads={[t("name"), t("type"), t("target"), t("lastDelivery"), t("try")]}
          >
            {receivers.map((receiver) => (
              <ReceiverLine
                key={receiver.name}
                env={env}
                receiver={receiver}
                whyNot={whyNot}
                onOpen={() => go({ receiver: receiver.name })}
              />
            ))}
          </Rows>
        )}
      </section>
      <Routing env={env} settings={settings.data} whyNot={whyNot} />
      <section aria-label={t("silences")} className="border-line border-t">
        <h2 className="label-12 px-4 py-3">{t("silences")}</h2>
        {silences.length === 0 ? (
          <p className="px-4 pb-4 text-ink-2">{t("noSilences")}</p>
        ) : (
          <Rows
            label={t("silences")}
            columns="minmax(200px,2fr) minmax(180px,2fr) minmax(120px,1fr) 120px 110px"
            heads={[t("match"), t("reason"), t("author"), t("ends"), t("end")]}
          >
            {silences.map((silence) => (
              <SilenceLine key={silence.id} env={env} silence={silence} />
            ))}
          </Rows>
        )}
      </section>
      {opened !== null && (
        <Suspense>
          <ReceiverSheet
            key={opened}
            env={env}
            before={receivers.find(({ name }) => name === opened)}
            used={routes.some(({ receiver }) => receiver === opened)}
            onClose={() => go({ receiver: null })}
          />
        </Suspense>
      )}
    </>
  );
}

interface ReceiverLineProps {
  readonly env: string;
  readonly receiver: ReceiverRow;
  readonly whyNot: string | undefined;
  readonly onOpen: () => void;
}

function ReceiverLine({ env, receiver, whyNot, onOpen }: ReceiverLineProps) {
  const t = useTranslations("alerts");
  const { data } = useStanding(env);
  const last = data?.deliveries.find((one) => one.receiver === receiver.name);
  const trial = useMutation({ mutationFn: () => alertsApi.tryReceiver(env, receiver.name) });
  return (
    <Row name={receiver.name}>
      <Cell>
        <button type="button" className="font-medium text-accent hover:underline" onClick={onOpen}>
          {receiver.name}
        </button>
      </Cell>
      <Cell className="text-ink-2">{t(`types.${receiver.type}`)}</Cell>
      <Cell whole className="font-mono text-12 text-ink-2">
        {receiver.hint}
      </Cell>
      <Cell className={last?.ok === false ? "text-12 text-failed" : "text-12 text-ink-2"}>
        {last === undefined ? t("nothingSent") : last.ok ? t("delivered") : t("failedDelivery")}{" "}
        {last && <RelativeTime at={last.at} />}
      </Cell>
      <Cell className="max-lg:ms-auto">
        <Button
          aria-label={t("tryFor", { name: receiver.name })}
          title={whyNot}
          disabled={whyNot !== undefined || trial.isPending}
          onClick={() => trial.mutate()}
        >
          {trial.isSuccess ? t("sent") : t("try")}
        </Button>
      </Cell>
      {trial.isError && (
        <div className="basis-full lg:col-span-5">
          <FailureNote title={t("notSent")} error={trial.error} />
        </div>
      )}
    </Row>
  );
}

interface RoutingProps {
  readonly env: string;
  readonly settings: Settings;
  readonly whyNot: string | undefined;
}

function Routing({ env, settings, whyNot }: RoutingProps) {
  const t = useTranslations("alerts");
  const [open, setOpen] = useState(false);
  const { routes, inhibitions, saleDays, receivers } = settings;
  return (
    <section aria-label={t("routing")} className="border-line border-t">
      <div className="flex flex-wrap items-center gap-3 px-4 py-3">
        <h2 className="label-12">{t("routing")}</h2>
        <Guarded
          whyNot={whyNot ?? (receivers.length === 0 ? t("receiverFirst") : undefined)}
          onClick={() => setOpen(true)}
        >
          {t("editRouting")}
        </Guarded>
      </div>
      {routes.length === 0 ? (
        <p className="px-4 pb-4 text-ink-2">{t("noRoutes")}</p>
      ) : (
        <ol className="flex flex-col gap-1 px-4 pb-4">
          {routes.map((route) => (
            <li key={JSON.stringify(route)} className="wrap-anywhere">
              <span className="font-mono text-12">
                {route.match.length === 0
                  ? t("everything")
                  : route.match.map(({ label, op, value }) => `${label}${op}${value}`).join(", ")}
              </span>{" "}
              → <span className="font-medium">{route.receiver}</span>
              {route.groupBy.length > 0 && (
                <span className="text-ink-3"> {t("grouped", { labels: route.groupBy.join(", ") })}</span>
              )}
            </li>
          ))}
        </ol>
      )}
      <p className="px-4 pb-4 text-12 text-ink-3">
        {t("alsoSet", { inhibitions: inhibitions.length, saleDays: saleDays.length })}
      </p>
      {open && (
        <Suspense>
          <RoutingSheet env={env} settings={settings} onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </section>
  );
}

function SilenceLine({ env, silence }: { env: string; silence: Silence }) {
  const t = useTranslations("alerts");
  const may = useMayIn("operator", env);
  const end = useSettingsChange(env, () => alertsApi.endSilence(env, silence.id));
  const nowMs = useNowMs();
  const over = end.isSuccess || Date.parse(silence.to) <= nowMs;
  return (
    <Row name={silence.id}>
      <Cell whole className="font-mono text-12">
        {silence.match.map(({ label, op, value }) => `${label}${op}${value}`).join(", ")}
      </Cell>
      <Cell whole>{silence.reason}</Cell>
      <Cell className="text-12 text-ink-2">{silence.author}</Cell>
      <Cell className="text-12 text-ink-2">{over ? t("ended") : <Until at={silence.to} />}</Cell>
      <Cell className="max-lg:ms-auto">
        {!over && (
          <Button disabled={!may || end.isPending} onClick={() => end.mutate(undefined)}>
            {t("end")}
          </Button>
        )}
      </Cell>
      {end.isError && (
        <div className="basis-full lg:col-span-5">
          <FailureNote title={t("notEnded")} error={end.error} />
        </div>
      )}
    </Row>
  );
}

function Until({ at }: { at: string }) {
  const t = useTranslations("alerts");
  const minutes = Math.max(1, Math.round((Date.parse(at) - useNowMs()) / 60_000));
  return minutes < 120 ? t("minutes", { count: minutes }) : t("hours", { count: Math.round(minutes / 60) });
}
