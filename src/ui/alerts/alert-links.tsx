"use client";

import { useTranslations } from "next-intl";
import { PageLink } from "../frame/page-link.tsx";
import { addressOf } from "../frame/sections.ts";
import { useNowMs } from "../kit/clock.ts";
import { aroundAlert } from "./around-alert.ts";

interface AlertLinksProps {
  readonly env: string;
  readonly labels: Readonly<Record<string, string>>;
  /** When it began. */
  readonly since: string;
  /** When it ended; undefined while it fires. */
  readonly until?: string | undefined;
}

/** From an alert to what was seen around it: the charts of what it speaks of, and its traces. */
export function AlertLinks({ env, labels, since, until }: AlertLinksProps) {
  const t = useTranslations("alerts");
  const place = aroundAlert(labels, { since, until }, useNowMs()).toString();
  const link = (path: "/charts" | "/traces", text: string) => (
    <PageLink className="text-accent underline" href={`${addressOf(path, env)}${place && `&${place}`}`}>
      {text}
    </PageLink>
  );
  return (
    <span className="flex gap-3 text-12">
      {link("/charts", t("charts"))}
      {link("/traces", t("traces"))}
    </span>
  );
}
