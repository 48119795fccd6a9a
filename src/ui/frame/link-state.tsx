"use client";

import { CircleDashed, Unplug } from "lucide-react";
import { useFormatter, useTranslations } from "next-intl";
import type { Stale } from "../api/contract.ts";
import { type Link, useLink } from "../api/live.ts";

const CLOCK = { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" } as const;

/** Whether the page is followed live, with a shape and a word; how long not, and why. */
export function LinkState({ stale, inverted = false }: { stale?: Stale | undefined; inverted?: boolean }) {
  return <LinkWords link={useLink()} stale={stale} inverted={inverted} />;
}

interface LinkWordsProps {
  readonly link: Link;
  readonly stale?: Stale | undefined;
  /** On the inverted strip, where colours of the theme would not be read. */
  readonly inverted?: boolean;
}

/** The same for a given state. */
export function LinkWords({ link, stale, inverted = false }: LinkWordsProps) {
  const t = useTranslations("link");
  const format = useFormatter();
  const trouble = inverted ? "" : "text-failed";
  if (stale) {
    return (
      <State icon={<Unplug size={14} />} look={`font-semibold ${trouble}`} title={stale.why}>
        {t("readOnly", { since: format.dateTime(new Date(stale.sinceMs), CLOCK) })}
      </State>
    );
  }
  if (link.phase === "lost") {
    return (
      <State icon={<Unplug size={14} />} look={`font-semibold ${trouble}`} title={t("lostDetail")}>
        {t("lost", { since: format.dateTime(new Date(link.sinceMs), CLOCK) })}
      </State>
    );
  }
  if (link.phase === "connecting") {
    return <State icon={<CircleDashed size={14} />}>{t("connecting")}</State>;
  }
  return <State icon={<span className="block size-2 rounded-full bg-current" />}>{t("live")}</State>;
}

function State(props: { icon: React.ReactNode; look?: string; title?: string; children: React.ReactNode }) {
  return (
    <span
      role="status"
      data-testid="link-state"
      title={props.title}
      className={`ms-auto flex min-w-0 items-center gap-1.5 text-12 ${props.look ?? ""}`}
    >
      <span aria-hidden className="shrink-0">
        {props.icon}
      </span>
      <span className="truncate">{props.children}</span>
    </span>
  );
}
