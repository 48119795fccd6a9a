"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useEffect } from "react";
import { askAgain } from "../api/ask-again.ts";
import { PageLink } from "../frame/page-link.tsx";
import { addressOf } from "../frame/sections.ts";
import { RelativeTime } from "../kit/relative-time.tsx";
import { FailureWords } from "../switches/failure-words.tsx";
import { Part } from "./part.tsx";
import { useLastChanges } from "./queries.ts";

const GAP_MS = 500;

/** The newest changes: why, who, when. */
export function LastChanges({ env, revision }: { env: string; revision: number | undefined }) {
  const t = useTranslations("overview");
  const cache = useQueryClient();
  const last = useLastChanges(env);
  useEffect(() => {
    if (revision !== undefined) void askAgain(cache, ["changes", env], GAP_MS);
  }, [cache, env, revision]);
  return (
    <Part
      title={t("lastChanges")}
      pending={last.isPending}
      nothing={last.data?.rows.length === 0 ? t("noChanges") : undefined}
    >
      {last.isError && last.data === undefined && (
        <div className="text-ink-2">
          <FailureWords error={last.error} />
        </div>
      )}
      <ul>
        {last.data?.rows.map(({ revision, journal: { id, reason, author, at } }) => (
          <li
            key={id}
            className="relative flex min-h-8 items-center gap-x-3 border-line border-b hover:bg-surface-2 max-md:min-h-11"
          >
            <PageLink
              href={`${addressOf("/changes", env)}&change=${id}`}
              className="min-w-0 flex-1 truncate rounded-4 after:absolute after:inset-0"
            >
              {reason || t("noReason")}
            </PageLink>
            <span className="max-w-32 truncate text-12 text-ink-2">{author.id}</span>
            <span className="font-mono text-12 text-ink-3 max-sm:hidden">r{revision}</span>
            <span className="text-12 text-ink-3">
              <RelativeTime at={at} />
            </span>
          </li>
        ))}
      </ul>
    </Part>
  );
}
