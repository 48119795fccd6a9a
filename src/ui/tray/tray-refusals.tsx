"use client";

import { LIMITS } from "@leverframe/agent/protocol";
import { useTranslations } from "next-intl";
import type { Finding } from "../api/contract.ts";
import { Callout } from "../kit/callout.tsx";
import { Field, TextArea } from "../kit/field.tsx";
import type { TrayReview } from "./use-tray-review.ts";

/** What the interlock has against the tray, and for admins why it may be broken all the same. */
export function TrayRefusals({ review }: { review: TrayReview }) {
  const t = useTranslations("tray");
  const p = useTranslations("publish");
  const { tray, plan, refusals, admin, edit } = review;
  if (plan === undefined || (refusals.length === 0 && plan.later.length === 0)) return null;
  if (refusals.length === 0) return <Refusals findings={plan.later} title={t("laterRefused")} />;
  return (
    <div className="flex flex-col gap-3">
      <Refusals findings={refusals} title={p("interlock")} />
      {admin && (
        <Field label={p("override")} hint={p("overrideHint")}>
          {(control) => (
            <TextArea
              {...control}
              rows={2}
              maxLength={LIMITS.reasonLength}
              value={tray.state.override}
              onChange={(event) => edit({ override: event.target.value })}
            />
          )}
        </Field>
      )}
    </div>
  );
}

const SAID = 5;

function Refusals({ findings, title }: { findings: readonly Finding[]; title: string }) {
  const t = useTranslations("tray");
  if (findings.length === 0) return null;
  return (
    <Callout tone="warning" role="alert" title={title}>
      <ul className="flex max-h-40 flex-col gap-1 overflow-y-auto">
        {findings.slice(0, SAID).map(({ rule, sentence }) => (
          <li key={`${rule} ${sentence}`}>{sentence}</li>
        ))}
        {findings.length > SAID && <li>{t("moreRefusals", { count: findings.length - SAID })}</li>}
      </ul>
    </Callout>
  );
}
