"use client";

import { X } from "lucide-react";
import { useTranslations } from "next-intl";
import { useEffect, useId, useRef, useState } from "react";
import { useBoard, useServices } from "../api/queries.ts";
import { useAddress } from "../frame/address.ts";
import { Button } from "../kit/button.tsx";
import { SelectInput, TextInput } from "../kit/field.tsx";
import { type ChangeFilter, KINDS, NO_FILTER } from "./change-filter.ts";

/** What of the timeline is shown; all of it is in the address. */
export function Filters({ env, filter }: { env: string; filter: ChangeFilter }) {
  const t = useTranslations("changes");
  const { go } = useAddress();
  const services = useServices(env);
  const board = useBoard(env);
  const names = [...new Set((board.data?.levers ?? []).map(({ name }) => name))].sort();
  const known = (services.data ?? []).map(({ service }) => service);
  const listed =
    filter.service === undefined || filter.service === "*" || known.includes(filter.service)
      ? known
      : [filter.service, ...known];
  return (
    <div
      role="search"
      aria-label={t("filter.title")}
      className="grid grid-cols-2 gap-2 px-4 pb-3 md:flex md:flex-wrap md:items-center"
    >
      <SelectInput
        aria-label={t("filter.service")}
        value={filter.service ?? ""}
        onChange={(event) => go({ service: event.target.value }, "replace")}
        className="md:max-w-44"
      >
        <option value="">{t("filter.anyService")}</option>
        <option value="*">{t("filter.everyService")}</option>
        {listed.map((service) => (
          <option key={service} value={service}>
            {service}
          </option>
        ))}
      </SelectInput>
      <SelectInput
        aria-label={t("filter.kind")}
        value={filter.kind ?? ""}
        onChange={(event) => go({ kind: event.target.value }, "replace")}
        className="md:max-w-36"
      >
        <option value="">{t("filter.anyKind")}</option>
        {KINDS.map((kind) => (
          <option key={kind} value={kind}>
            {kind}
          </option>
        ))}
      </SelectInput>
      <ExactField
        label={t("filter.name")}
        value={filter.name ?? ""}
        choices={names}
        search
        onCommit={(name) => go({ name }, "replace")}
      />
      <ExactField
        label={t("filter.author")}
        value={filter.author ?? ""}
        onCommit={(author) => go({ author }, "replace")}
      />
      {Object.keys(filter).length > 0 && (
        <Button tone="quiet" className="max-md:col-span-2" onClick={() => go(NO_FILTER, "replace")}>
          <X size={14} aria-hidden />
          {filter.group === undefined ? t("filter.clear") : t("filter.clearGroup")}
        </Button>
      )}
    </div>
  );
}

interface ExactFieldProps {
  readonly label: string;
  readonly value: string;
  readonly choices?: readonly string[];
  /** `/` comes here. */
  readonly search?: boolean;
  readonly onCommit: (value: string) => void;
}

const NONE: readonly string[] = [];

/** A field for a whole name: it is looked for on Enter, on leaving, or when one of the list is taken. */
function ExactField({ label, value, choices = NONE, search = false, onCommit }: ExactFieldProps) {
  const id = useId();
  const [text, setText] = useState(value);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (document.activeElement !== field.current || value === "") setText(value);
  }, [value]);
  const commit = (next: string) => {
    if (next.trim() !== value) onCommit(next.trim());
  };
  return (
    <>
      <TextInput
        ref={field}
        aria-label={label}
        placeholder={label}
        list={choices.length > 0 ? id : undefined}
        data-search={search ? "" : undefined}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          if (choices.includes(event.target.value)) commit(event.target.value);
        }}
        onKeyDown={(event) => {
          if (event.key === "Enter") commit(text);
          if (event.key === "Escape") event.currentTarget.blur();
        }}
        onBlur={() => commit(text)}
        className="md:max-w-44"
      />
      {choices.length > 0 && (
        <datalist id={id}>
          {choices.map((choice) => (
            <option key={choice} value={choice}>
              {choice}
            </option>
          ))}
        </datalist>
      )}
    </>
  );
}
