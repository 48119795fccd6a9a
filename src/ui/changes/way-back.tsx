"use client";

import { useTranslations } from "next-intl";
import type { Finding } from "../api/contract.ts";
import { Callout } from "../kit/callout.tsx";
import { Field, TextArea, TextInput } from "../kit/field.tsx";
import type { SendState } from "../publish/use-send.ts";

interface RefusalsProps {
  readonly refusals: readonly Finding[];
  readonly admin: boolean;
  readonly override: string;
  readonly onOverride: (why: string) => void;
}

/** What the interlock has against it, and, for admins, the word against the interlock. */
export function Refusals({ refusals, admin, override, onOverride }: RefusalsProps) {
  const t = useTranslations("changes.back");
  if (refusals.length === 0) return null;
  const sentences = [...new Set(refusals.map(({ sentence }) => sentence))];
  return (
    <>
      <Callout tone="warning" title={t("interlock")}>
        <ul className="flex list-disc flex-col gap-1 ps-4">
          {sentences.slice(0, 10).map((sentence) => (
            <li key={sentence}>{sentence}</li>
          ))}
          {sentences.length > 10 && <li>{t("more", { count: sentences.length - 10 })}</li>}
        </ul>
        {!admin && <p className="pt-1">{t("onlyAdmins")}</p>}
      </Callout>
      {admin && (
        <Field label={t("override")} hint={t("overrideHint")}>
          {(control) => (
            <TextInput
              {...control}
              value={override}
              maxLength={500}
              onChange={(event) => onOverride(event.target.value)}
            />
          )}
        </Field>
      )}
    </>
  );
}

export function ReasonField({ value, onChange }: { value: string; onChange: (reason: string) => void }) {
  const t = useTranslations("changes.back");
  return (
    <Field label={t("reason")} hint={t("reasonHint")}>
      {(control) => (
        <TextArea
          {...control}
          data-autofocus
          rows={2}
          value={value}
          maxLength={500}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  );
}

/** For what reaches real users: the name is typed, so that the wrong one is never the one that moves. */
export function NameField(props: { name: string; value: string; onChange: (name: string) => void }) {
  const t = useTranslations("changes.back");
  return (
    <Field label={t("typeName", { name: props.name })}>
      {(control) => (
        <TextInput
          {...control}
          value={props.value}
          onChange={(event) => props.onChange(event.target.value)}
        />
      )}
    </Field>
  );
}

/** What came of sending it, where that is not success. */
export function SendOutcome({ state }: { state: SendState<unknown> }) {
  const t = useTranslations("changes.back");
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
    case "unanswered":
      return (
        <Callout tone="pending" role="alert" title={t("unanswered")}>
          {t("unansweredDetail")}
        </Callout>
      );
    case "proposed":
      return (
        <Callout tone="pending" role="status" title={t("proposed")}>
          {t("proposedDetail")}
        </Callout>
      );
    case "idle":
    case "sending":
    case "published":
    case "conflict":
      return null;
  }
}
