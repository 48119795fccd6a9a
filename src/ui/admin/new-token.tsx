"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { type FormEvent, useId, useState } from "react";
import type { SessionView } from "../api/contract.ts";
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

/** Makes a token of no more than its maker's own rights, and shows its text. */
export function NewToken({ session, onClose }: { session: SessionView; onClose: () => void }) {
  const t = useTranslations("admin.newToken");
  const cache = useQueryClient();
  const formId = useId();
  const [name, setName] = useState("");
  const [scope, setScope] = useState<Scope>({ ...(session.scopes[0] ?? LEAST), role: "viewer" });
  const [days, setDays] = useState(String(DAYS.usual));
  const [whose, setWhose] = useState<"own" | "machine">("own");
  const expiresInDays = Number(days);
  const rightDays =
    Number.isInteger(expiresInDays) && expiresInDays >= DAYS.least && expiresInDays <= DAYS.most;
  const create = useMutation({
    mutationFn: () =>
      adminApi.createToken({
        name: name.trim(),
        scopes: [scope],
        expiresInDays,
        machine: whose === "machine",
      }),
    onSuccess: () => cache.invalidateQueries({ queryKey: adminKeys.tokens }),
  });
  const whyNot = isScope(scope) && !holds(session.scopes, scope) ? t("beyond") : undefined;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!create.isPending && whyNot === undefined) create.mutate();
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
        <ShownOnce
          title={t("made", { name: name.trim() })}
          detail={t("madeDetail")}
          text={create.data.token}
        />
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
                onChange={(event) => setName(event.target.value)}
              />
            )}
          </Field>
          <ScopeFields scope={scope} onChange={setScope} />
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
                onChange={(event) => setDays(event.target.value)}
              />
            )}
          </Field>
          <div className="flex flex-col gap-1">
            <span className="font-medium text-12 text-ink-2">{t("whose")}</span>
            <Segmented
              label={t("whose")}
              value={whose}
              disabled={!session.controlAdmin}
              onChange={setWhose}
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
