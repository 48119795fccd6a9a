"use client";

import { useTranslations } from "next-intl";
import { Button } from "../kit/button.tsx";
import { Callout } from "../kit/callout.tsx";
import { Outcome } from "../publish/change-step.tsx";
import { FailureWords } from "../switches/failure-words.tsx";
import type { TrayReview } from "./use-tray-review.ts";

/** The tray's button, under what went wrong; nothing is sent that is known to be refused. */
export function TrayFooter({ env, review }: { env: string; review: TrayReview }) {
  const t = useTranslations("tray");
  const p = useTranslations("publish");
  const { tray, edits, plan, asked, missing, sending, busy, inFlight } = review;
  const unanswered = inFlight && !busy;
  const degrades = edits.length > 0 && edits.every(({ edit: one }) => positionOf(one.spec) === "DEGRADED");
  const label = plan && plan.parts.length > 1 ? "publishParts" : "publish";
  return (
    <div className="flex flex-col gap-2">
      {missing === "wrong" && !inFlight && sending.phase === "idle" && (
        <Callout tone="failed" role="alert" title={t("wouldRefuse")}>
          <FailureWords error={asked.error} />
          <Button className="mt-2" onClick={() => void asked.refetch()}>
            {t("lookAgain")}
          </Button>
        </Callout>
      )}
      <Outcome env={env} state={sending} />
      {unanswered && (
        <Callout tone="pending" role="alert" title={p("unanswered")}>
          {p("unansweredDetail")}
        </Callout>
      )}
      <div className="flex flex-wrap items-center gap-3 max-md:flex-col max-md:flex-nowrap max-md:items-stretch">
        <Button
          tone={degrades ? "degrade" : "primary"}
          disabled={busy || (!inFlight && missing !== undefined)}
          onClick={() => void (inFlight ? review.goOn() : review.submit())}
        >
          {busy
            ? p("sending")
            : inFlight
              ? p("again")
              : tray.state.at === ""
                ? t(label, { count: edits.length, parts: plan?.parts.length ?? 1 })
                : t("schedule", { count: edits.length })}
        </Button>
        {!inFlight && missing !== undefined && (
          <span className="text-12 text-ink-3">{t(`missing-${missing}`)}</span>
        )}
      </div>
    </div>
  );
}

const positionOf = (spec: unknown): unknown =>
  typeof spec === "object" && spec !== null ? (spec as { position?: unknown }).position : undefined;
