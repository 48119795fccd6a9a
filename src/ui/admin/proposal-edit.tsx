"use client";

import type { SwitchSpec } from "@leverframe/agent/protocol";
import { useQuery } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { formatRef } from "../api/ref.ts";
import { Callout } from "../kit/callout.tsx";
import { Diff } from "../kit/diff.tsx";
import { SkeletonRows } from "../kit/states.tsx";
import { FailureWords } from "../switches/failure-words.tsx";
import { useSpecWords } from "../switches/spec-words.ts";
import { type ApprovalEdit, adminApi, adminKeys } from "./api.ts";
import { changesOf } from "./proposal-diff.ts";

interface ProposalEditProps {
  readonly env: string;
  readonly edit: ApprovalEdit;
  /** It has been published by an override: what it set is shown as it was sent. */
  readonly published: boolean;
}

const SAID = 3;

/** One lever of a proposal beside how it stands now: a sentence, then key by key. */
export function ProposalEdit({ env, edit, published }: ProposalEditProps) {
  const t = useTranslations("admin.proposal");
  const words = useSpecWords();
  const ref = formatRef(edit);
  const lever = useQuery({
    queryKey: adminKeys.standing(env, ref),
    queryFn: ({ signal }) => adminApi.standing(env, edit, { signal }),
  });
  if (lever.isPending) return <SkeletonRows rows={2} label={t("loading")} />;
  const missing = lever.data === null;
  const row = published ? undefined : lever.data?.lever;
  const changes = changesOf(row?.resource, edit);
  const before = row?.resource?.spec;
  const sentence =
    edit.op === "delete"
      ? t("deletes", { ref })
      : edit.kind === "switch" && before !== undefined
        ? words.sentence(edit.name, before as SwitchSpec, edit.spec as SwitchSpec, lever.data?.reaches.length)
        : t(row === undefined && !published ? "makes" : "sets", {
            ref,
            keys: changes
              .slice(0, SAID)
              .map(({ label, before, after }) =>
                before === undefined ? `${label} ${after ?? "–"}` : `${label} ${before} → ${after ?? "–"}`,
              )
              .join(", "),
          });
  return (
    <section className="flex flex-col gap-2" data-edit={ref}>
      <h3 className="font-mono text-12 text-ink-3 wrap-anywhere">{ref}</h3>
      {lever.isError && lever.data === undefined && (
        <Callout tone="warning" title={t("noLive")}>
          <FailureWords error={lever.error} />
        </Callout>
      )}
      <Diff sentence={sentence} changes={changes} />
      {edit.expiry !== undefined && (
        <p className="text-12 text-ink-2">{t("expires", { at: new Date(edit.expiry.at) })}</p>
      )}
      {!published && row !== undefined && row.revision !== edit.baseRevision && (
        <Callout tone="warning" title={t("moved")}>
          {t("movedDetail")}
        </Callout>
      )}
      {!published && missing && edit.baseRevision !== 0 && <Callout tone="warning" title={t("deleted")} />}
    </section>
  );
}
