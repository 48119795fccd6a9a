"use client";

import { LIMITS, serviceName } from "@leverframe/agent/protocol";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { type FormEvent, useId, useState } from "react";
import { ulid } from "ulid";
import { useDraft } from "../drafts.ts";
import { Button } from "../kit/button.tsx";
import { Field, TextArea, TextInput } from "../kit/field.tsx";
import { Sheet } from "../kit/sheet.tsx";
import { adminApi, adminKeys } from "./api.ts";
import { localTime, momentOf } from "./audit-filter.ts";
import { FailureNote } from "./failure-note.tsx";

const HOUR_MS = 3_600_000;
const EMPTY = { reason: "", services: "" };
const isBlank = ({ reason, services }: typeof EMPTY): boolean => reason === "" && services === "";

/** Sets a time at which nothing may change, for all services or some. */
export function NewFreeze({ env, onClose }: { env: string; onClose: () => void }) {
  const t = useTranslations("admin.newFreeze");
  const cache = useQueryClient();
  const formId = useId();
  // One id for one form: sent again after a lost answer, it is still one window.
  const [id] = useState(() => ulid());
  const [from, setFrom] = useState(() => localTime(new Date().toISOString()));
  const [to, setTo] = useState(() => localTime(new Date(Date.now() + HOUR_MS).toISOString()));
  const { draft, change, clear } = useDraft(`${env}/new-freeze`, EMPTY, isBlank);
  const services = draft.services.split(/[\s,]+/).filter(Boolean);
  const wrongService = services.find((service) => !serviceName.safeParse(service).success);
  const span = { from: momentOf(from), to: momentOf(to) };
  const rightSpan = span.from !== undefined && span.to !== undefined && span.from < span.to;
  const add = useMutation({
    mutationFn: () =>
      adminApi.addFreeze(env, {
        id,
        from: span.from ?? "",
        to: span.to ?? "",
        reason: draft.reason.trim(),
        ...(services.length === 0 ? {} : { services }),
      }),
    onSuccess: async () => {
      clear();
      await cache.invalidateQueries({ queryKey: adminKeys.freezes(env) });
      onClose();
    },
  });
  const whole = rightSpan && draft.reason.trim() !== "" && wrongService === undefined;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (whole && !add.isPending) add.mutate();
  };
  return (
    <Sheet
      title={t("title", { env })}
      description={t("description")}
      onClose={onClose}
      footer={
        <div className="flex flex-col gap-2">
          <FailureNote title={t("failed")} error={add.error} />
          <Button
            type="submit"
            form={formId}
            tone="primary"
            className="self-start"
            disabled={!whole || add.isPending}
          >
            {add.isPending ? t("adding") : t("add")}
          </Button>
        </div>
      }
    >
      <form id={formId} onSubmit={submit} className="flex flex-col gap-4">
        <div className="grid grid-cols-2 gap-3 max-md:grid-cols-1">
          <Field label={t("from")}>
            {(control) => (
              <TextInput
                {...control}
                type="datetime-local"
                required
                value={from}
                onChange={(event) => setFrom(event.target.value)}
              />
            )}
          </Field>
          <Field label={t("to")} error={rightSpan ? undefined : t("spanRule")}>
            {(control) => (
              <TextInput
                {...control}
                type="datetime-local"
                required
                value={to}
                onChange={(event) => setTo(event.target.value)}
              />
            )}
          </Field>
        </div>
        <Field label={t("reason")} hint={t("reasonHint")}>
          {(control) => (
            <TextArea
              {...control}
              data-autofocus
              required
              rows={2}
              maxLength={LIMITS.reasonLength}
              value={draft.reason}
              onChange={({ target }) => change((before) => ({ ...before, reason: target.value }))}
            />
          )}
        </Field>
        <Field
          label={t("services")}
          hint={t("servicesHint")}
          error={wrongService === undefined ? undefined : t("servicesRule", { service: wrongService })}
        >
          {(control) => (
            <TextInput
              {...control}
              spellCheck={false}
              className="font-mono"
              value={draft.services}
              onChange={({ target }) => change((before) => ({ ...before, services: target.value }))}
            />
          )}
        </Field>
      </form>
    </Sheet>
  );
}
