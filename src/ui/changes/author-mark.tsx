"use client";

import type { Author } from "@leverframe/agent/protocol";
import { Bot, CircleHelp, KeyRound, Terminal, Timer, UserRound } from "lucide-react";
import { useTranslations } from "next-intl";

const ICONS = { person: UserRound, token: KeyRound, rule: Bot, direct: Terminal } as const;

/** Who did it, told by shape and by word: a person, a machine's token, a rule, or somebody past the console. */
export function AuthorMark({ author }: { author: Author | undefined }) {
  const t = useTranslations("changes.author");
  if (author === undefined) {
    return (
      <span className="inline-flex min-w-0 items-center gap-1 text-ink-3">
        <CircleHelp size={14} className="shrink-0" aria-hidden />
        {t("unknown")}
      </span>
    );
  }
  const expiry = author.kind === "rule" && author.id === "expiry";
  const Icon = expiry ? Timer : ICONS[author.kind];
  return (
    <span className="inline-flex min-w-0 items-center gap-1" data-author={author.kind}>
      <Icon size={14} className="shrink-0 text-ink-3" aria-hidden />
      {author.kind === "person" ? (
        <span className="sr-only">{t("person")}</span>
      ) : (
        <span className="shrink-0 text-ink-3">{t(author.kind)}</span>
      )}
      <span className="truncate" title={author.id}>
        {expiry ? t("expiry") : author.id}
      </span>
    </span>
  );
}
