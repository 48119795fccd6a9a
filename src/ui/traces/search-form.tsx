"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { X } from "lucide-react";
import { useTranslations } from "next-intl";
import { type KeyboardEvent, useId, useState } from "react";
import { useBoard } from "../api/queries.ts";
import type { Span } from "../charts/span.ts";
import type { AddressChange } from "../frame/address.ts";
import { Button } from "../kit/button.tsx";
import { SelectInput, TextInput } from "../kit/field.tsx";
import { tracesApi } from "./api.ts";
import { durationOf, isNarrowed, type SearchWords, WIDE } from "./search-address.ts";

interface SearchFormProps {
  readonly env: string;
  readonly words: SearchWords;
  readonly span: Span;
  readonly onChange: (change: AddressChange) => void;
}

/** What narrows the search. A choice counts at once, what is typed with Enter or when it is left. */
export function SearchForm({ env, words, span, onChange }: SearchFormProps) {
  const t = useTranslations("traces");
  const services = useNames(env, undefined, span);
  const operations = useNames(env, words.service === "" ? undefined : words.service, span);
  const levers = (useBoard(env).data?.levers ?? []).filter(
    ({ service }) => words.service === "" || service === words.service || service === "*",
  );
  const leverNames = [
    ...new Set(levers.flatMap(({ kind, name }) => (ACTING.has(kind) ? [`${kind}/${name}`] : []))),
  ].sort();
  return (
    <div
      role="search"
      aria-label={t("searchFor")}
      className="grid grid-cols-2 gap-2 px-4 pb-3 md:flex md:flex-wrap md:items-center"
    >
      <SelectInput
        aria-label={t("service")}
        value={words.service}
        onChange={({ target }) => onChange({ service: target.value, operation: null })}
        className="md:w-40"
      >
        <option value="">{t("anyService")}</option>
        {withChosen(services, words.service).map((name) => (
          <option key={name}>{name}</option>
        ))}
      </SelectInput>
      <SelectInput
        aria-label={t("operation")}
        value={words.operation}
        disabled={words.service === ""}
        onChange={({ target }) => onChange({ operation: target.value })}
        className="md:w-52"
      >
        <option value="">{t("anyOperation")}</option>
        {withChosen(words.service === "" ? [] : operations, words.operation).map((name) => (
          <option key={name}>{name}</option>
        ))}
      </SelectInput>
      <SelectInput
        aria-label={t("status")}
        value={words.status}
        onChange={({ target }) => onChange({ status: target.value })}
        className="md:w-32"
      >
        <option value="">{t("anyStatus")}</option>
        <option value="error">{t("failedOnes")}</option>
        <option value="ok">{t("okOnes")}</option>
      </SelectInput>
      <Typed
        label={t("atLeast")}
        hint={t("atLeastHint")}
        value={words.minMs}
        isRight={(text) => text === "" || durationOf(text) !== undefined}
        onChange={(minMs) => onChange({ minMs })}
        className="md:w-24"
      />
      <Typed
        label={t("atMost")}
        hint={t("atMostHint")}
        value={words.maxMs}
        isRight={(text) => text === "" || durationOf(text) !== undefined}
        onChange={(maxMs) => onChange({ maxMs })}
        className="md:w-24"
      />
      <Typed
        label={t("lever")}
        hint={t("leverHint")}
        value={words.lever}
        choices={leverNames}
        onChange={(lever) => onChange({ lever })}
        className="md:w-44"
      />
      <Typed
        label={t("revision")}
        hint={t("revisionHint")}
        value={words.revision}
        isRight={(text) => /^\d{0,15}$/.test(text)}
        onChange={(revision) => onChange({ revision })}
        className="md:w-24"
      />
      <Typed
        label={t("tags")}
        hint={t("tagsHint")}
        value={words.tags}
        isSearch
        onChange={(tags) => onChange({ tags })}
        className="font-mono md:w-72"
      />
      {isNarrowed(words) && (
        <Button tone="quiet" onClick={() => onChange(WIDE)}>
          <X size={14} aria-hidden />
          {t("clear")}
        </Button>
      )}
    </div>
  );
}

/** Levers that act on a request. */
const ACTING: ReadonlySet<string> = new Set(["switch", "breaker", "retry", "limit", "timeout"]);

const withChosen = (known: readonly string[], chosen: string): readonly string[] =>
  chosen === "" || known.includes(chosen) ? known : [chosen, ...known];

function useNames(env: string, service: string | undefined, span: Span): readonly string[] {
  // Whole minutes: names don't come and go by the second.
  const fromMs = Math.floor(span.fromMs / 60_000) * 60_000;
  const toMs = Math.ceil(span.toMs / 60_000) * 60_000;
  const answer = useQuery({
    queryKey: ["trace-names", env, service, fromMs, toMs],
    queryFn: ({ signal }) => tracesApi.names(env, service, { fromMs, toMs }, { signal }),
    placeholderData: keepPreviousData,
    retry: false,
    staleTime: 60_000,
  });
  return (answer.data ?? []).map(({ name }) => name).toSorted();
}

interface TypedProps {
  readonly label: string;
  readonly hint: string;
  readonly value: string;
  readonly choices?: readonly string[];
  readonly isRight?: (text: string) => boolean;
  /** `/` comes here. */
  readonly isSearch?: boolean;
  readonly onChange: (text: string) => void;
  readonly className?: string;
}

/** Something typed that counts with Enter, when it is left, or once it is one of the choices. */
function Typed({
  label,
  hint,
  value,
  choices,
  isRight,
  isSearch = false,
  onChange,
  className = "",
}: TypedProps) {
  const [text, setText] = useState(value);
  const [known, setKnown] = useState(value);
  // What the address says leads, as soon as it says something else.
  if (known !== value) {
    setKnown(value);
    setText(value);
  }
  const list = useId();
  const right = isRight?.(text) ?? true;
  const send = (next: string): void => {
    if (next !== value && (isRight?.(next) ?? true)) onChange(next);
  };
  const onKey = (event: KeyboardEvent): void => {
    if (event.key === "Enter") send(text.trim());
  };
  return (
    <>
      <TextInput
        aria-label={label}
        title={label}
        placeholder={hint}
        value={text}
        aria-invalid={!right}
        {...(isSearch ? { "data-search": true } : {})}
        {...(choices === undefined ? {} : { list })}
        onChange={({ target }) => {
          setText(target.value);
          if (choices?.includes(target.value)) send(target.value);
        }}
        onKeyDown={onKey}
        onBlur={() => send(text.trim())}
        className={className}
      />
      {choices !== undefined && (
        <datalist id={list}>
          {choices.map((choice) => (
            <option key={choice}>{choice}</option>
          ))}
        </datalist>
      )}
    </>
  );
}
