"use client";

import { LIMITS } from "@leverframe/agent/protocol";
import { useQuery } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { type ReactNode, useState } from "react";
import type { DryRun } from "../api/contract.ts";
import { failureOf } from "../api/errors.ts";
import { Button } from "../kit/button.tsx";
import { Callout } from "../kit/callout.tsx";
import { Field, TextArea } from "../kit/field.tsx";
import { useMayIn } from "../session/rights.ts";
import { Proposed } from "./proposed.tsx";
import { isBusy, type SendState } from "./use-send.ts";

/** What a change would do, asked before it is sent. `about` names the question: the same is not asked twice. */
export const useDryRun = (
  about: readonly unknown[],
  ask: (call: { signal: AbortSignal }) => Promise<DryRun>,
  enabled = true,
) =>
  useQuery({
    queryKey: ["config-dry-run", ...about],
    queryFn: ask,
    enabled,
    retry: false,
    gcTime: 0,
    staleTime: 0,
  });

/** What a dry run gives where the author has not said why yet. */
export const LOOKING = "only looking at what it would do";

interface ChangeStepProps {
  readonly env: string;
  readonly service: string;
  readonly state: SendState;
  readonly dryRun: ReturnType<typeof useDryRun>;
  /** On the button: what it will do. */
  readonly action: string;
  /** What still has to be done first, in words. */
  readonly missing: string | undefined;
  readonly sentBefore?: boolean;
  readonly onSubmit: (overriding: string) => void;
  readonly children?: ReactNode;
}

/** The last step of a change: what stands against it, and the button. Nothing is sent that is known to be refused. */
export function ChangeStep(props: ChangeStepProps) {
  const { env, service, state, dryRun, action, missing, sentBefore = false, onSubmit, children } = props;
  const t = useTranslations("publish");
  const [overriding, setOverriding] = useState("");
  const operator = useMayIn("operator", env, [service]);
  const admin = useMayIn("admin", env, [service]);
  const refusals = dryRun.data?.refusals ?? [];
  const wrong = dryRun.isError ? failureOf(dryRun.error) : undefined;
  const busy = isBusy(state);
  const unanswered = (state.phase === "unanswered" && !state.asking) || sentBefore;
  const lacks = !operator
    ? t("needsOperator")
    : (missing ??
      (refusals.length > 0 && !admin
        ? t("onlyAdmin")
        : refusals.length > 0 && overriding.trim() === ""
          ? t("sayOverride")
          : undefined));
  return (
    <div className="flex flex-col gap-3">
      {refusals.length > 0 && (
        <Callout tone="warning" role="alert" title={t("interlock")}>
          <ul className="flex flex-col gap-1">
            {refusals.map(({ rule, sentence }) => (
              <li key={`${rule} ${sentence}`}>{sentence}</li>
            ))}
          </ul>
        </Callout>
      )}
      {refusals.length > 0 && admin && (
        <Field label={t("override")} hint={t("overrideHint")}>
          {(control) => (
            <TextArea
              {...control}
              rows={2}
              maxLength={LIMITS.reasonLength}
              value={overriding}
              onChange={(event) => setOverriding(event.target.value)}
            />
          )}
        </Field>
      )}
      {wrong && "message" in wrong && state.phase === "idle" && (
        <Callout
          tone="failed"
          role="alert"
          title={wrong.kind === "unavailable" ? t("unavailable") : t("wouldRefuse")}
        >
          {wrong.message}
        </Callout>
      )}
      <Outcome env={env} state={state} />
      {unanswered && (
        <Callout tone="pending" role="alert" title={t("unanswered")}>
          {t("unansweredDetail")}
        </Callout>
      )}
      <div className="flex flex-wrap items-center gap-3 max-md:flex-col max-md:flex-nowrap max-md:items-stretch">
        <Button
          tone="primary"
          className="min-w-0 max-w-full"
          disabled={lacks !== undefined || busy || state.phase === "proposed"}
          onClick={() => onSubmit(refusals.length > 0 ? overriding : "")}
        >
          <span className="truncate">{busy ? t("sending") : unanswered ? t("again") : action}</span>
        </Button>
        {children}
        {lacks !== undefined && <span className="text-12 text-ink-3">{lacks}</span>}
      </div>
    </div>
  );
}

/** What became of a change that was sent, in words. */
export function Outcome({ env, state }: { env: string; state: SendState }) {
  const t = useTranslations("publish");
  switch (state.phase) {
    case "refused":
      return (
        <Callout tone="failed" role="alert" title={t("refused")}>
          {state.message}
        </Callout>
      );
    case "unavailable":
      return (
        <Callout tone="failed" role="alert" title={t("unavailable")}>
          {state.message}
        </Callout>
      );
    case "proposed":
      return <Proposed env={env} id={state.id} />;
    case "conflict":
      return <Callout tone="warning" role="alert" title={t("conflict")} />;
    case "idle":
    case "sending":
    case "unanswered":
    case "published":
      return null;
  }
}

/** Why, in the author's words. */
export function ReasonField({
  value,
  disabled = false,
  onChange,
}: {
  value: string;
  disabled?: boolean;
  onChange: (reason: string) => void;
}) {
  const t = useTranslations("publish");
  return (
    <Field label={t("reason")} hint={t("reasonHint")}>
      {(control) => (
        <TextArea
          {...control}
          required
          data-autofocus
          rows={2}
          readOnly={disabled}
          maxLength={LIMITS.reasonLength}
          value={value}
          placeholder={t("reasonPlaceholder")}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  );
}
