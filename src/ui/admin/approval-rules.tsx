"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import type { SessionView } from "../api/contract.ts";
import { Segmented } from "../kit/segmented.tsx";
import { FailureWords } from "../switches/failure-words.tsx";
import { type ApprovalRule, adminApi, adminKeys } from "./api.ts";
import { FailureNote } from "./failure-note.tsx";

/** Where a second person is asked for: set by admins, seen by all. */
export function ApprovalRules({ session }: { session: SessionView }) {
  const t = useTranslations("admin.rules");
  return (
    <section className="flex flex-col gap-2 px-4 pt-8" aria-label={t("title")}>
      <h2 className="font-semibold text-14">{t("title")}</h2>
      <p className="max-w-prose text-ink-2">{session.controlAdmin ? t("detail") : t("needsControl")}</p>
      <ul className="flex flex-col">
        {session.environments.map(({ name }) => (
          <Rule key={name} env={name} session={session} />
        ))}
      </ul>
    </section>
  );
}

function Rule({ env, session }: { env: string; session: SessionView }) {
  const t = useTranslations("admin.rules");
  const cache = useQueryClient();
  const rule = useQuery({
    queryKey: adminKeys.rule(env),
    queryFn: ({ signal }) => adminApi.rule(env, { signal }),
  });
  const set = useMutation({
    mutationFn: (approvals: ApprovalRule) => adminApi.setRule(env, approvals),
    onSettled: () => cache.invalidateQueries({ queryKey: adminKeys.rule(env) }),
  });
  return (
    <li className="flex flex-wrap items-center gap-3 border-line border-t py-2" data-rule={env}>
      <span className="w-32 font-mono max-md:w-24 text-12">{env}</span>
      {rule.data ? (
        <Segmented
          label={t("label", { env })}
          value={rule.data.approvals}
          disabled={!session.controlAdmin || set.isPending}
          onChange={(approvals) => set.mutate(approvals)}
          options={(["none", "four-eyes"] as const).map((value) => ({ value, label: t(value) }))}
        />
      ) : rule.isError ? (
        <span className="text-12 text-failed">
          <FailureWords error={rule.error} />
        </span>
      ) : (
        <span className="skeleton h-8 w-48" />
      )}
      <FailureNote title={t("failed")} error={set.error} />
    </li>
  );
}
