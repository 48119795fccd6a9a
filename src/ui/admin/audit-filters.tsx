"use client";

import { useTranslations } from "next-intl";
import { useState } from "react";
import type { SessionView } from "../api/contract.ts";
import { useAddress } from "../frame/address.ts";
import { Field, SelectInput, TextInput } from "../kit/field.tsx";
import { type FilterPart, localTime, momentOf, OUTCOMES } from "./audit-filter.ts";

/** The log's filters, which are the address. Names count once they are sent: the log is asked for whole names. */
export function AuditFilters({ session }: { session: SessionView }) {
  const t = useTranslations("admin.audit");
  const { search, go } = useAddress();
  const said = (part: FilterPart) => search.get(part) ?? "";
  const names = session.environments.map(({ name }) => name);
  const listed = said("in") === "" || names.includes(said("in")) ? names : [said("in"), ...names];
  return (
    <form
      onSubmit={(event) => event.preventDefault()}
      className="grid grid-cols-6 items-end gap-3 px-4 py-3 max-lg:grid-cols-3 max-md:grid-cols-2"
    >
      {(["actor", "action"] as const).map((part) => (
        <NameFilter key={`${part} ${said(part)}`} part={part} held={said(part)} />
      ))}
      <Field label={t("env")}>
        {(control) => (
          <SelectInput {...control} value={said("in")} onChange={(event) => go({ in: event.target.value })}>
            <option value="">{t("any")}</option>
            {listed.map((name) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </SelectInput>
        )}
      </Field>
      <Field label={t("outcome")}>
        {(control) => (
          <SelectInput
            {...control}
            value={said("outcome")}
            onChange={(event) => go({ outcome: event.target.value })}
          >
            <option value="">{t("any")}</option>
            {OUTCOMES.map((outcome) => (
              <option key={outcome} value={outcome}>
                {t(`outcomes.${outcome}`)}
              </option>
            ))}
          </SelectInput>
        )}
      </Field>
      {(["from", "to"] as const).map((part) => (
        <div key={part} className="max-md:col-span-2">
          <Field label={t(part)}>
            {(control) => (
              <TextInput
                {...control}
                type="datetime-local"
                value={localTime(said(part))}
                onChange={(event) => go({ [part]: momentOf(event.target.value) ?? null }, "replace")}
              />
            )}
          </Field>
        </div>
      ))}
    </form>
  );
}

const EXAMPLE = { actor: "admin", action: "publish.commit" } as const;

/** A name counts once it is whole: when Enter is pressed, or the field left. */
function NameFilter({ part, held }: { part: "actor" | "action"; held: string }) {
  const t = useTranslations("admin.audit");
  const { go } = useAddress();
  const [text, setText] = useState(held);
  const send = () => {
    if (text.trim() !== held) go({ [part]: text.trim() });
  };
  return (
    <Field label={t(part)}>
      {(control) => (
        <TextInput
          {...control}
          maxLength={200}
          className="font-mono"
          value={text}
          placeholder={EXAMPLE[part]}
          onChange={(event) => setText(event.target.value)}
          onBlur={send}
          onKeyDown={(event) => event.key === "Enter" && send()}
        />
      )}
    </Field>
  );
}
