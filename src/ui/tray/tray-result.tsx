"use client";

import { CalendarClock, Check, CircleDashed, UserCheck } from "lucide-react";
import { useFormatter, useTranslations } from "next-intl";
import { ChangeProof } from "../changes/change-proof.tsx";
import { PageLink } from "../frame/page-link.tsx";
import { Callout } from "../kit/callout.tsx";
import { Proposed } from "../publish/proposed.tsx";
import type { Part, Sent } from "./tray-store.ts";

interface TrayResultProps {
  readonly env: string;
  readonly sent: Sent;
  /** Edits that came back and are not published. */
  readonly left: number;
  /** Called where one goes on elsewhere: what was answered for was seen. */
  readonly onLeave: () => void;
}

/** What became of what was sent, change set by change set, with receipts; nothing is called done that is not. */
export function TrayResult({ env, sent, left, onLeave }: TrayResultProps) {
  const t = useTranslations("tray");
  const done = sent.parts.filter((part) => part.outcome !== undefined).length;
  const mixed = left > 0 && done > 0;
  return (
    <section aria-label={t("result")} className="flex flex-col gap-4" data-testid="tray-result">
      {mixed && (
        <Callout tone="warning" role="alert" title={t("mixed", { done: editsOf(sent), left })}>
          {t("mixedDetail")}
        </Callout>
      )}
      <p className="font-semibold text-14 wrap-anywhere">{sent.reason}</p>
      {sent.parts.map((part) => (
        <PartResult key={part.id} env={env} part={part} onLeave={onLeave} />
      ))}
    </section>
  );
}

const editsOf = (sent: Sent): number =>
  sent.parts.reduce((sum, part) => sum + (part.outcome === undefined ? 0 : part.edits.length), 0);

const ICONS = {
  published: Check,
  proposed: UserCheck,
  scheduled: CalendarClock,
  waiting: CircleDashed,
} as const;

function PartResult({ env, part, onLeave }: { env: string; part: Part; onLeave: () => void }) {
  const t = useTranslations("tray");
  const format = useFormatter();
  const { outcome } = part;
  const Icon = ICONS[outcome?.phase ?? "waiting"];
  const count = part.edits.length;
  const words =
    outcome?.phase === "published"
      ? t("published", { count, revision: outcome.revision })
      : outcome?.phase === "scheduled"
        ? t("scheduled", {
            count,
            at: format.dateTime(new Date(outcome.at), { dateStyle: "medium", timeStyle: "short" }),
          })
        : outcome?.phase === "proposed"
          ? t("proposed", { count })
          : t("waiting", { count });
  return (
    <div className="flex flex-col gap-2 border-line border-t pt-3" data-part={outcome?.phase ?? "waiting"}>
      <p className="flex flex-wrap items-center gap-2 text-ink">
        <Icon size={14} className="shrink-0 text-ink-3" aria-hidden />
        <span>{words}</span>
        {outcome?.phase === "published" && (
          <PageLink
            href={addressOf("/changes", { env, change: part.id })}
            onClick={onLeave}
            className="inline-flex min-h-6 items-center text-accent underline max-md:min-h-11"
          >
            {t("openChange")}
          </PageLink>
        )}
        {outcome?.phase === "scheduled" && (
          <PageLink
            href={addressOf("/changes", { env })}
            onClick={onLeave}
            className="inline-flex min-h-6 items-center text-accent underline max-md:min-h-11"
          >
            {t("openUpcoming")}
          </PageLink>
        )}
      </p>
      {outcome?.phase === "published" && (
        <ChangeProof env={env} id={part.id} title={t("receipts", { revision: outcome.revision })} />
      )}
      {outcome?.phase === "proposed" && <Proposed env={env} id={part.id} />}
    </div>
  );
}

const addressOf = (path: string, parts: Record<string, string>): string =>
  `${path}?${new URLSearchParams(parts).toString()}`;
