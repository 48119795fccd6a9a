"use client";

import { useTranslations } from "next-intl";
import { type FormEvent, useId, useState } from "react";
import { parse, stringify, YAMLError } from "yaml";
import { FailureNote } from "../admin/failure-note.tsx";
import { useDraftText } from "../drafts.ts";
import { Button } from "../kit/button.tsx";
import { Field, TextArea } from "../kit/field.tsx";
import { Sheet } from "../kit/sheet.tsx";
import { alertsApi, type Settings } from "./api.ts";
import { useSettingsChange } from "./use-alerts.ts";

type Routing = Pick<Settings, "routes" | "inhibitions" | "saleDays">;

const PARTS = ["routes", "inhibitions", "saleDays"] as const;

/** What a first route looks like, for whom there is none. */
const EXAMPLE = (receiver: string) => ({
  match: [{ label: "severity", op: "=~", value: "critical|warning" }],
  receiver,
  groupBy: ["alertname", "service"],
  groupWaitSeconds: 10,
  groupIntervalSeconds: 60,
  repeatSeconds: 14_400,
  continue: false,
});

interface RoutingSheetProps {
  readonly env: string;
  readonly settings: Settings;
  readonly onClose: () => void;
}

/** Routes, inhibitions and sale days as one text, as Alertmanager's own are; the control plane says what is wrong in it. */
export function RoutingSheet({ env, settings, onClose }: RoutingSheetProps) {
  const t = useTranslations("alerts.routingSheet");
  const formId = useId();
  // As it stood when the sheet was opened: whoever changes it meanwhile is not overwritten.
  const [before] = useState((): Routing => {
    const { routes, inhibitions, saleDays } = settings;
    return { routes, inhibitions, saleDays };
  });
  const [standing] = useState(() => {
    const { routes, inhibitions, saleDays, receivers } = settings;
    const shown = routes.length > 0 ? routes : receivers.slice(0, 1).map(({ name }) => EXAMPLE(name));
    return stringify({ routes: shown, inhibitions, saleDays }, { lineWidth: 0 });
  });
  const [draft, setDraft] = useDraftText(`${env}/alert-routing`);
  const text = draft === "" ? standing : draft;
  const read = readRouting(text);
  const save = useSettingsChange(
    env,
    (next: Routing) => alertsApi.setRouting({ env, ...next, before }),
    () => {
      setDraft("");
      onClose();
    },
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (typeof read !== "string" && !save.isPending) save.mutate(read);
  };
  return (
    <Sheet
      title={t("title")}
      description={t("description")}
      onClose={onClose}
      footer={
        <div className="flex flex-col gap-2">
          <FailureNote title={t("failed")} error={save.error} />
          <Button
            type="submit"
            form={formId}
            tone="primary"
            className="self-start"
            disabled={typeof read === "string" || save.isPending}
          >
            {t("save")}
          </Button>
        </div>
      }
    >
      <form id={formId} onSubmit={submit} className="flex flex-col gap-3">
        <p className="text-12 text-ink-2">{t("words")}</p>
        <Field label={t("text")} error={typeof read === "string" ? read : undefined}>
          {(control) => (
            <TextArea
              {...control}
              data-autofocus
              spellCheck={false}
              rows={28}
              className="font-mono text-12"
              value={text}
              onChange={({ target }) => setDraft(target.value)}
            />
          )}
        </Field>
      </form>
    </Sheet>
  );
}

/** The three lists, or why the text can't be read. Their items are the control plane's to check. */
function readRouting(text: string): Routing | string {
  try {
    const found: unknown = parse(text);
    if (typeof found !== "object" || found === null) return "routes:, inhibitions:, saleDays:";
    const lists = found as Record<string, unknown>;
    for (const name of Object.keys(lists)) {
      if (!PARTS.some((part) => part === name)) return `${name}: routes, inhibitions, saleDays`;
    }
    const listOf = (name: (typeof PARTS)[number]): unknown => lists[name] ?? [];
    const all = {
      routes: listOf("routes"),
      inhibitions: listOf("inhibitions"),
      saleDays: listOf("saleDays"),
    };
    const wrong = PARTS.find((part) => !Array.isArray(all[part]));
    return wrong === undefined ? (all as Routing) : `${wrong}: []`;
  } catch (error) {
    return error instanceof YAMLError ? error.message : String(error);
  }
}
