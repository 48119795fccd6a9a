"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { type FormEvent, useId, useState } from "react";
import { Button } from "../kit/button.tsx";
import { Field, TextInput } from "../kit/field.tsx";
import { Sheet } from "../kit/sheet.tsx";
import { adminApi, adminKeys } from "./api.ts";
import { FailureNote } from "./failure-note.tsx";
import { ShownOnce } from "./shown-once.tsx";

interface NewPersonProps {
  readonly onClose: () => void;
  readonly onMade: (id: string) => void;
}

/** Makes a person, who can do nothing yet, and shows the link by which they set a password. */
export function NewPerson({ onClose, onMade }: NewPersonProps) {
  const t = useTranslations("admin.newPerson");
  const cache = useQueryClient();
  const formId = useId();
  const [name, setName] = useState("");
  const [email, setEmail] = useState("");
  const create = useMutation({
    mutationFn: () => adminApi.createPerson({ name: name.trim(), email: email.trim() }),
    onSuccess: () => cache.invalidateQueries({ queryKey: adminKeys.people }),
  });
  const made = create.data;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!create.isPending) create.mutate();
  };
  return (
    <Sheet
      title={t("title")}
      description={t("description")}
      onClose={onClose}
      footer={
        made ? (
          <Button tone="primary" onClick={() => onMade(made.id)}>
            {t("grant", { name: name.trim() })}
          </Button>
        ) : (
          <div className="flex flex-col gap-2">
            <FailureNote title={t("failed")} error={create.error} />
            <Button
              type="submit"
              form={formId}
              tone="primary"
              className="self-start"
              disabled={create.isPending || name.trim() === "" || email.trim() === ""}
            >
              {create.isPending ? t("creating") : t("create")}
            </Button>
          </div>
        )
      }
    >
      {made ? (
        <ShownOnce title={t("link", { name: name.trim() })} detail={t("linkDetail")} text={made.url} />
      ) : (
        <form id={formId} onSubmit={submit} className="flex flex-col gap-4">
          <Field label={t("name")}>
            {(control) => (
              <TextInput
                {...control}
                data-autofocus
                required
                maxLength={200}
                value={name}
                onChange={(event) => setName(event.target.value)}
              />
            )}
          </Field>
          <Field label={t("email")} hint={t("emailHint")}>
            {(control) => (
              <TextInput
                {...control}
                type="email"
                required
                maxLength={320}
                value={email}
                onChange={(event) => setEmail(event.target.value)}
              />
            )}
          </Field>
        </form>
      )}
    </Sheet>
  );
}
