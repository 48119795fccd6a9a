"use client";

import type { SwitchSpec } from "@leverframe/agent/protocol";
import { useQuery } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useDeferredValue } from "react";
import { Field, TextArea } from "../kit/field.tsx";
import { readJson } from "./json.ts";
import { Served } from "./served.tsx";

interface PayloadFieldProps {
  readonly text: string;
  readonly strategy: SwitchSpec["strategy"];
  readonly onChange: (text: string) => void;
}

/** What the code serves, or reads, while the switch is degraded: as JSON, and below it as users get it. */
export function PayloadField({ text, strategy, onChange }: PayloadFieldProps) {
  const t = useTranslations("spec");
  const settled = useDeferredValue(text);
  const payload = readJson(settled);
  const place = usePlace(settled, !payload.ok);
  const error = payload.ok
    ? strategy === "static" && payload.value === undefined
      ? t("payloadMissing")
      : undefined
    : place === undefined
      ? t("payloadNotJson", { detail: payload.detail })
      : t("payloadFault", { line: place.line, column: place.column, detail: place.message });
  return (
    <>
      <Field label={t("payload")} hint={t("payloadHint")} error={error}>
        {(control) => (
          <TextArea
            {...control}
            rows={4}
            spellCheck={false}
            className="font-mono text-12"
            value={text}
            onChange={(event) => onChange(event.target.value)}
          />
        )}
      </Field>
      {payload.ok && <Served strategy={strategy} payload={payload.value} />}
    </>
  );
}

/** Where a text stops being JSON; the reader that tells is fetched with the first fault. */
function usePlace(text: string, broken: boolean) {
  const found = useQuery({
    queryKey: ["json-fault", text],
    queryFn: async () => (await import("../config/check-text.ts")).faultOf("json", text) ?? null,
    enabled: broken,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 10_000,
  });
  return found.data ?? undefined;
}
