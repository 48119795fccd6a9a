"use client";

import type { RuleReport } from "@leverframe/agent/protocol";
import { useFormatter, useTranslations } from "next-intl";
import type { ReactNode } from "react";
import type { InstanceRow } from "../api/contract.ts";
import { formatRef } from "../api/ref.ts";
import { useAddress } from "../frame/address.ts";
import { PageLink } from "../frame/page-link.tsx";
import { Button } from "../kit/button.tsx";
import { Callout } from "../kit/callout.tsx";
import { RelativeTime } from "../kit/relative-time.tsx";
import type { Stance } from "./traffic.ts";
import { TrafficState } from "./traffic-state.tsx";

interface InstanceDetailProps {
  readonly env: string;
  readonly instance: InstanceRow;
  readonly wanted: Stance | undefined;
  /** Opens the sheet in which its calls are drained, isolated or weighed. */
  readonly onCalls: () => void;
}

/** What an instance says of itself: what it does not obey and why, and which levers its code reads. */
export function InstanceDetail({ env, instance, wanted, onCalls }: InstanceDetailProps) {
  const t = useTranslations("instance");
  const calls = useTranslations("traffic");
  return (
    <div className="flex flex-col gap-3 border-line border-b bg-surface-1 px-4 py-3 lg:ps-9">
      {instance.state !== "live" && (
        <p className="max-w-prose text-ink-2">{t(`meaning.${instance.state}`)}</p>
      )}
      {instance.hold && (
        <Callout tone="failed" title={t(`hold.${instance.hold.reason}`)}>
          {instance.hold.detail}
        </Callout>
      )}
      {instance.state !== "foreign" && (
        <div className="flex flex-wrap items-center gap-3">
          <Button onClick={onCalls} disabled={wanted === undefined}>
            {calls("open")}
          </Button>
          <TrafficState instance={instance} wanted={wanted} always />
        </div>
      )}
      <dl className="grid gap-x-8 gap-y-1 sm:grid-cols-[max-content_1fr]">
        <Fact label={t("lease")}>
          <span className="font-mono text-12">
            {instance.lease === "0" || instance.lease === "" ? t("noLease") : instance.lease}
          </span>
        </Fact>
        {instance.startedAt && (
          <Fact label={t("started")}>
            <RelativeTime at={instance.startedAt} />
          </Fact>
        )}
        {instance.balancer && <Fact label={t("balancing")}>{t(`balancer.${instance.balancer}`)}</Fact>}
        {instance.degraded && (
          <Fact label={t("degraded")}>
            <ul className="flex flex-col gap-1">
              {instance.degraded.map((rule) => (
                <li key={rule.rule} className="wrap-anywhere">
                  <span className="font-mono text-12">{formatRule(rule)}</span>{" "}
                  {t("byRule", {
                    rule: rule.rule,
                    signal: rule.signal,
                    value: rule.value ?? 0,
                    percent: rule.shareBp / 100,
                  })}{" "}
                  · <RelativeTime at={rule.since} />
                </li>
              ))}
            </ul>
          </Fact>
        )}
        {instance.held.length > 0 && (
          <Fact label={t("held")}>
            <ul className="flex flex-col gap-1">
              {instance.held.map((held) => (
                <li key={formatRef(held)} className="wrap-anywhere">
                  <span className="font-mono text-12">{formatRef(held)}</span>{" "}
                  <span className="text-ink-3">r{held.revision}</span> ·{" "}
                  <span className="text-failed">{held.reason}</span> · {t(`serving.${held.serving}`)}
                </li>
              ))}
            </ul>
          </Fact>
        )}
        {instance.unsupported.length > 0 && (
          <Fact label={t("unsupported")}>
            {instance.unsupported.map((one) => `${formatRef(one)} (${one.reason})`).join(", ")}
          </Fact>
        )}
        {instance.state !== "foreign" && (
          <Fact label={t("reads")}>
            <Reads env={env} instance={instance} />
          </Fact>
        )}
      </dl>
    </div>
  );
}

/** What a rule acts on, as levers are named. */
const formatRule = ({ switch: lever, breaker }: RuleReport): string =>
  lever === undefined ? `breaker/${breaker ?? ""}` : `switch/${lever}`;

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-12 text-ink-3 leading-5">{label}</dt>
      <dd className="min-w-0 max-sm:mb-1">{children}</dd>
    </>
  );
}

function Reads({ env, instance }: { env: string; instance: InstanceRow }) {
  const t = useTranslations("instance");
  const format = useFormatter();
  const service = useAddress().search.get("service") ?? "";
  if (instance.reads.length === 0) return <span className="text-ink-2">{t("readsNothing")}</span>;
  return (
    <ul className="flex flex-col gap-1">
      {instance.reads.map((read) => (
        <li key={`${read.kind}/${read.name}`} className="flex flex-wrap gap-x-2">
          <PageLink
            className="rounded-4 font-mono text-12 text-accent"
            href={`/services?env=${env}&service=${encodeURIComponent(service)}&tab=levers&q=${encodeURIComponent(`${read.kind}/${read.name}`)}`}
          >
            {read.kind}/{read.name}
          </PageLink>
          <span className="text-ink-3">{t("decisions", { count: format.number(read.decisions) })}</span>
        </li>
      ))}
    </ul>
  );
}
