"use client";

import { LIMITS } from "@leverframe/agent/protocol";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useState } from "react";
import type { SessionView } from "../api/contract.ts";
import { failureOf } from "../api/errors.ts";
import { keys } from "../api/live.ts";
import { formatRef } from "../api/ref.ts";
import { useDraft } from "../drafts.ts";
import { BlastRadius } from "../foresight/blast-radius.tsx";
import { Button } from "../kit/button.tsx";
import { Callout } from "../kit/callout.tsx";
import { Field, TextInput } from "../kit/field.tsx";
import { notice } from "../kit/notices.tsx";
import { RelativeTime } from "../kit/relative-time.tsx";
import { Sheet } from "../kit/sheet.tsx";
import { Empty, Failed, SkeletonRows } from "../kit/states.tsx";
import { FailureWords } from "../switches/failure-words.tsx";
import { type Approval, adminApi, adminKeys } from "./api.ts";
import { FailureNote } from "./failure-note.tsx";
import { Guarded } from "./guarded.tsx";
import { ProposalEdit } from "./proposal-edit.tsx";
import { type WhyNot, whyNotDecide } from "./rights.ts";

interface ProposalSheetProps {
  readonly env: string;
  readonly id: string;
  readonly session: SessionView;
  readonly onClose: () => void;
}

/** One that waits, whole: what it does, who asked for it and why, and the decision. */
export function ProposalSheet({ env, id, session, onClose }: ProposalSheetProps) {
  const t = useTranslations("admin.proposal");
  const found = useQuery({
    queryKey: adminKeys.approval(env, id),
    queryFn: ({ signal }) => adminApi.approval(env, id, { signal }),
    retry: false,
  });
  const { data } = found;
  const gone = found.isError && failureOf(found.error).kind === "not-found";
  return (
    <Sheet
      title={data?.request.reason ?? t("title")}
      description={
        <span className="flex flex-wrap gap-x-3 pt-1">
          <span className="font-mono">{env}</span>
          {data && <span>{data.person}</span>}
          {data && <RelativeTime at={data.at} />}
          <span className="font-mono text-ink-3 wrap-anywhere">{id}</span>
        </span>
      }
      onClose={onClose}
      footer={data && <Decision approval={data} session={session} onDone={onClose} />}
    >
      {found.isPending && <SkeletonRows rows={5} label={t("loading")} />}
      {gone && data === undefined && <Empty title={t("gone")}>{t("goneDetail")}</Empty>}
      {found.isError && !gone && data === undefined && (
        <Failed title={t("failed")} onRetry={() => void found.refetch()}>
          <FailureWords error={found.error} />
        </Failed>
      )}
      {data && (
        <div className="flex flex-col gap-6">
          {data.request.override !== undefined && (
            <Callout tone="warning" title={t("overridden")}>
              {data.request.override.reason}
            </Callout>
          )}
          {data.kind === "review" && <Callout tone="pending" title={t("published")} />}
          {data.request.edits.map((edit) => (
            <ProposalEdit key={formatRef(edit)} env={env} edit={edit} published={data.kind === "review"} />
          ))}
          <BlastRadius env={env} services={data.request.edits.map(({ service }) => service)} />
        </div>
      )}
    </Sheet>
  );
}

const EMPTY = { reason: "" };
const isBlank = ({ reason }: typeof EMPTY): boolean => reason === "";

type Step = "approve" | "reject" | "acknowledge";

interface DecisionProps {
  readonly approval: Approval;
  readonly session: SessionView;
  readonly onDone: () => void;
}

function Decision({ approval, session, onDone }: DecisionProps) {
  const t = useTranslations("admin.proposal");
  const cache = useQueryClient();
  const { env, id, kind } = approval;
  const { draft, change, clear } = useDraft(`${env}/reject/${id}`, EMPTY, isBlank);
  const [rejecting, setRejecting] = useState(draft.reason !== "");
  const decide = useMutation({
    mutationFn: async (step: Step) => {
      if (step === "reject") await adminApi.reject(env, id, draft.reason.trim());
      else await adminApi[step](env, id);
      return step;
    },
    onSuccess: (step) => {
      clear();
      void cache.invalidateQueries({ queryKey: keys.board(env) });
      void notice(t(`done.${step}`));
      onDone();
    },
    // Also after a failure: it may be gone, or somebody may have been faster.
    onSettled: () => cache.invalidateQueries({ queryKey: adminKeys.approvals(env) }),
  });
  const waiting = { person: approval.person, levers: approval.request.edits.map(formatRef) };
  const say = (why: WhyNot | undefined) =>
    why === undefined ? undefined : t(`whyNot-${why}`, { env, services: servicesOf(waiting.levers) });
  const whyNot = (step: Step) => say(whyNotDecide(session, env, waiting, step));
  const own = approval.person === session.author?.id;
  if (kind === "review") {
    return (
      <div className="flex flex-col gap-2">
        <FailureNote title={t("undecided")} error={decide.error} />
        <Guarded
          tone="primary"
          whyNot={whyNot("acknowledge")}
          disabled={decide.isPending}
          onClick={() => decide.mutate("acknowledge")}
        >
          {t("acknowledge")}
        </Guarded>
      </div>
    );
  }
  return (
    <div className="flex flex-col gap-3">
      <FailureNote title={t("undecided")} error={decide.error} />
      {rejecting && (
        <Field label={t("rejectReason")} hint={t("rejectHint")}>
          {(control) => (
            <TextInput
              {...control}
              maxLength={LIMITS.reasonLength}
              value={draft.reason}
              onChange={({ target }) => change(() => ({ reason: target.value }))}
            />
          )}
        </Field>
      )}
      <div className="flex flex-wrap items-center gap-2">
        {!rejecting && (
          <Guarded
            tone="primary"
            whyNot={whyNot("approve")}
            disabled={decide.isPending}
            onClick={() => decide.mutate("approve")}
          >
            {decide.isPending ? t("deciding") : t("approve")}
          </Guarded>
        )}
        {rejecting ? (
          <>
            <Button
              tone="primary"
              disabled={draft.reason.trim() === "" || decide.isPending}
              onClick={() => decide.mutate("reject")}
            >
              {own ? t("withdraw") : t("reject")}
            </Button>
            <Button tone="quiet" onClick={() => setRejecting(false)}>
              {t("cancel")}
            </Button>
          </>
        ) : (
          <Guarded
            whyNot={whyNot("approve") === whyNot("reject") ? undefined : whyNot("reject")}
            disabled={whyNot("reject") !== undefined || decide.isPending}
            onClick={() => setRejecting(true)}
          >
            {own ? t("withdrawAsk") : t("rejectAsk")}
          </Guarded>
        )}
      </div>
    </div>
  );
}

const servicesOf = (levers: readonly string[]): string =>
  [...new Set(levers.map((lever) => lever.split("/")[0] ?? ""))].slice(0, 5).join(", ");
