"use client";

import { useTranslations } from "next-intl";
import { type FormEvent, type ReactNode, useId, useMemo, useState } from "react";
import { FailureNote } from "../admin/failure-note.tsx";
import { Guarded } from "../admin/guarded.tsx";
import { useDraft } from "../drafts.ts";
import { Field, SelectInput, TextArea, TextInput } from "../kit/field.tsx";
import { Sheet } from "../kit/sheet.tsx";
import { useMayIn } from "../session/rights.ts";
import { type AlertRule, alertsApi } from "./api.ts";
import { draftOf, EMPTY_RULE, faultsOf, type RuleDraft, ruleOf } from "./rule-draft.ts";
import { figureWords } from "./rule-words.ts";
import { useSettingsChange } from "./use-alerts.ts";

const SEVERITIES = ["critical", "warning", "info"] as const;
const KINDS = ["quantile", "rate", "gauge"] as const;
const JOINS = ["max", "min", "avg", "sum"] as const;
const OPS = [">", ">=", "<", "<="] as const;

type TextFieldName = {
  [Name in keyof RuleDraft]: RuleDraft[Name] extends string ? Name : never;
}[keyof RuleDraft];

interface RuleSheetProps {
  readonly env: string;
  /** Null for a new rule. */
  readonly before: AlertRule | null;
  readonly onClose: () => void;
}

/** A rule, new or as it stands. Whoever changed it meanwhile is not overwritten. */
export function RuleSheet({ env, before, onClose }: RuleSheetProps) {
  const t = useTranslations("alerts.ruleSheet");
  const formId = useId();
  const may = useMayIn("admin", env, ["*"]);
  const [first] = useState(before);
  const start = useMemo(() => (first === null ? EMPTY_RULE : draftOf(first)), [first]);
  const isBlank = useMemo(
    () => (draft: RuleDraft) => JSON.stringify(draft) === JSON.stringify(start),
    [start],
  );
  const { draft, change, clear } = useDraft(`${env}/alert-rule/${first?.name ?? ""}`, start, isBlank);
  const [tried, setTried] = useState(false);
  const [sure, setSure] = useState(false);
  const done = () => {
    clear();
    onClose();
  };
  const put = useSettingsChange(env, () => alertsApi.putRule(env, ruleOf(draft, first), first), done);
  const remove = useSettingsChange(env, () => alertsApi.deleteRule(env, first?.name ?? ""), done);
  const ratio = first?.condition.figure.kind === "ratio" ? first.condition.figure : undefined;
  const faults = faultsOf(ratio === undefined ? draft : { ...draft, metric: "ratio", kind: "rate" });
  const whyNot = may ? undefined : t("needsAdmin");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (faults.size === 0 && may && !put.isPending) put.mutate(undefined);
  };
  const set = <Name extends keyof RuleDraft>(name: Name, value: RuleDraft[Name]) =>
    change((standing) => ({ ...standing, [name]: value }));
  const text = (name: TextFieldName, more: { hint?: ReactNode; mono?: boolean; disabled?: boolean } = {}) => (
    <Field label={t(name)} hint={more.hint} error={tried && faults.has(name) ? t(`rule.${name}`) : undefined}>
      {(control) => (
        <TextInput
          {...control}
          data-autofocus={name === (first === null ? "name" : "threshold") ? true : undefined}
          disabled={more.disabled === true}
          spellCheck={more.mono !== true}
          className={more.mono ? "font-mono" : ""}
          value={draft[name]}
          onChange={({ target }) => set(name, target.value)}
        />
      )}
    </Field>
  );
  const choice = <Name extends "severity" | "kind" | "join" | "op">(
    name: Name,
    label: string,
    values: readonly RuleDraft[Name][],
    words: (value: RuleDraft[Name]) => string,
  ) => (
    <Field label={label}>
      {(control) => (
        <SelectInput
          {...control}
          value={draft[name]}
          onChange={({ target }) => {
            const value = values.find((one) => one === target.value);
            if (value !== undefined) set(name, value);
          }}
        >
          {values.map((value) => (
            <option key={value} value={value}>
              {words(value)}
            </option>
          ))}
        </SelectInput>
      )}
    </Field>
  );
  const long = (name: "summary" | "description", hint?: ReactNode) => (
    <Field label={t(name)} hint={hint} error={tried && faults.has(name) ? t("rule.summary") : undefined}>
      {(control) => (
        <TextArea
          {...control}
          rows={2}
          value={draft[name]}
          onChange={({ target }) => set(name, target.value)}
        />
      )}
    </Field>
  );
  const tick = (name: "scales" | "enabled") => (
    <label className="flex min-h-6 items-center gap-2 max-md:min-h-11">
      <input type="checkbox" checked={draft[name]} onChange={({ target }) => set(name, target.checked)} />
      {t(name)}
    </label>
  );
  return (
    <Sheet
      title={first === null ? t("newTitle") : first.name}
      description={t("about", { env })}
      onClose={onClose}
      footer={
        <div className="flex flex-col gap-2">
          <FailureNote title={t("failed")} error={put.error ?? remove.error} />
          <div className="flex flex-wrap gap-2">
            <Guarded type="submit" form={formId} tone="primary" whyNot={whyNot} disabled={put.isPending}>
              {first === null ? t("create") : t("save")}
            </Guarded>
            {first !== null && may && (
              <Guarded
                whyNot={undefined}
                disabled={remove.isPending}
                onClick={() => (sure ? remove.mutate(undefined) : setSure(true))}
              >
                {sure ? t("sure") : t("delete")}
              </Guarded>
            )}
          </div>
        </div>
      }
    >
      <form id={formId} onSubmit={submit} className="flex flex-col gap-4">
        <div className="grid grid-cols-2 gap-3 max-md:grid-cols-1">
          {text("name", { mono: true, disabled: first !== null, hint: t("nameHint") })}
          {choice("severity", t("severity"), SEVERITIES, (value) => t(`severities.${value}`))}
        </div>
        {ratio === undefined ? (
          <>
            <div className="grid grid-cols-2 gap-3 max-md:grid-cols-1">
              {choice("kind", t("kind"), KINDS, (value) => t(`kinds.${value}`))}
              {draft.kind === "quantile" && text("quantile", { mono: true, hint: t("quantileHint") })}
              {draft.kind === "gauge" && choice("join", t("join"), JOINS, (value) => t(`joins.${value}`))}
            </div>
            {text("metric", { mono: true })}
            {text("where", { mono: true, hint: t("whereHint") })}
          </>
        ) : (
          <p className="font-mono text-12 text-ink-2">{figureWords(ratio)}</p>
        )}
        <div className="grid grid-cols-2 gap-3 max-md:grid-cols-1">
          {text("by", { mono: true, hint: t("byHint") })}
          {text("window", { mono: true, hint: t("secondsHint") })}
          {choice("op", t("op"), OPS, (value) => value)}
          {text("threshold", { mono: true })}
          {text("forSeconds", { mono: true, hint: t("secondsHint") })}
          {text("keepFiring", { mono: true, hint: t("keepFiringHint") })}
        </div>
        {tick("scales")}
        {long("summary", t("summaryHint"))}
        {long("description")}
        {text("runbook", { mono: true })}
        {tick("enabled")}
      </form>
    </Sheet>
  );
}
