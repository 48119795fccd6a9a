"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { type FormEvent, useId, useState } from "react";
import type { SessionView } from "../api/contract.ts";
import { useDraft } from "../drafts.ts";
import { Button } from "../kit/button.tsx";
import { Field, TextInput } from "../kit/field.tsx";
import { Segmented } from "../kit/segmented.tsx";
import { Sheet } from "../kit/sheet.tsx";
import { holds } from "../session/rights.ts";
import { adminApi, adminKeys, type Scope } from "./api.ts";
import { FailureNote } from "./failure-note.tsx";
import { Guarded } from "./guarded.tsx";
import { isScope, ScopeFields } from "./scope-fields.tsx";
import { ShownOnce } from "./shown-once.tsx";

const DAYS = { least: 1, most: 366, usual: 90 } as const;
const LEAST: Scope = { role: "viewer", env: "*", services: "*" };

interface Draft {
  readonly name: string;
  readonly scope: Scope;
  readonly days: string;
  readonly whose: "own" | "machine";
}
/** What has no name yet is no work of anybody's. */
const isBlank = ({ name }: Draft): boolean => name === "";

/** Makes a token of no more than its maker's own rights, and shows its text. */
export function NewToken({ session, onClose }: { session: SessionView; onClose: () => void }) {
  const t = useTranslations("admin.newToken");
  const cache = useQueryClient();
  const formId = useId();
  const [begun] = useState<Draft>(() => ({
    name: "",
    scope: { ...(session.scopes[0] ?? LEAST), role: "viewer" },
    days: String(DAYS.usual),
    whose: "own",
  }));
  const { draft, change, clear } = useDraft("new-token", begun, isBlank);
  const { name, scope, days, whose } = draft;
  const set = (part: Partial<Draft>) => change((before) => ({ ...before, ...part }));
  const [made, setMade] = useState("");
  const expiresInDays = Number(days);
  const rightDays =
    Number.isInteger(expiresInDays) && expiresInDays >= DAYS.least && expiresInDays <= DAYS.most;
  const create = useMutation({
    mutationFn: (name: string) =>
      adminApi.createToken({ name, scopes: [scope], expiresInDays, machine: whose === "machine" }),
    onSuccess: (_, asked) => {
      setMade(asked);
      clear();
      return cache.invalidateQueries({ queryKey: adminKeys.tokens });
    },
  });
  const whyNot = isScope(scope) && !holds(session.scopes, scope) ? t("beyond") : undefined;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!create.isPending && whyNot === undefined) create.mutate(name.trim());
  };
  return (
    <Sheet
      title={t("title")}
      description={t("description")}
      onClose={onClose}
      footer={
        create.data ? (
          <Button tone="primary" onClick={onClose}>
            {t("done")}
          </Button>
        ) : (
          <div className="flex flex-col gap-2">
            <FailureNote title={t("failed")} error={create.error} />
            <Guarded
              type="submit"
              form={formId}
              tone="primary"
              whyNot={whyNot}
              disabled={create.isPending || name.trim() === "" || !isScope(scope) || !rightDays}
            >
              {create.isPending ? t("creating") : t("create")}
            </Guarded>
          </div>
        )
      }
    >
      {create.data ? (
        <ShownOnce title={t("made", { name: made })} detail={t("madeDetail")} text={create.data.token} />
      ) : (
        <form id={formId} onSubmit={submit} className="flex flex-col gap-4">
          <Field label={t("name")} hint={t("nameHint")}>
            {(control) => (
              <TextInput
                {...control}
                data-autofocus
                required
                maxLength={100}
                value={name}
                onChange={(event) => set({ name: event.target.value })}
              />
            )}
          </Field>
          <ScopeFields scope={scope} onChange={(next) => set({ scope: next })} />
          <Field
            label={t("days")}
            hint={t("daysHint")}
            error={rightDays ? undefined : t("daysRule", { least: DAYS.least, most: DAYS.most })}
          >
            {(control) => (
              <TextInput
                {...control}
                inputMode="numeric"
                className="max-w-32"
                value={days}
                onChange={(event) => set({ days: event.target.value })}
              />
            )}
          </Field>
          <div className="flex flex-col gap-1">
            <span className="font-medium text-12 text-ink-2">{t("whose")}</span>
            <Segmented
              label={t("whose")}
              value={whose}
              disabled={!session.controlAdmin}
              onChange={(next) => set({ whose: next })}
              options={(["own", "machine"] as const).map((value) => ({ value, label: t(value) }))}
            />
            <p className="text-12 text-ink-3">
              {session.controlAdmin ? t(`${whose}Detail`) : t("machineNeedsControl")}
            </p>
          </div>
        </form>
      )}
    </Sheet>
  );
}
