"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { type FormEvent, useId, useState } from "react";
import { useDraft } from "../drafts.ts";
import { Button } from "../kit/button.tsx";
import { Field, TextInput } from "../kit/field.tsx";
import { Sheet } from "../kit/sheet.tsx";
import { adminApi, adminKeys } from "./api.ts";
import { FailureNote } from "./failure-note.tsx";
import { ShownOnce } from "./shown-once.tsx";

const EMPTY = { name: "", email: "" };
const isBlank = ({ name, email }: typeof EMPTY): boolean => name === "" && email === "";

interface NewPersonProps {
  readonly onClose: () => void;
  readonly onMade: (id: string) => void;
}

/** Makes a person, who can do nothing yet, and shows the link by which they set a password. */
export function NewPerson({ onClose, onMade }: NewPersonProps) {
  const t = useTranslations("admin.newPerson");
  const cache = useQueryClient();
  const formId = useId();
  const { draft, change, clear } = useDraft("new-person", EMPTY, isBlank);
  // What was sent, to be spoken of once the draft is gone.
  const [invited, setInvited] = useState("");
  const create = useMutation({
    mutationFn: () => adminApi.createPerson({ name: draft.name.trim(), email: draft.email.trim() }),
    onSuccess: () => {
      setInvited(draft.name.trim());
      clear();
      return cache.invalidateQueries({ queryKey: adminKeys.people });
    },
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
            {t("grant", { name: invited })}
          </Button>
        ) : (
          <div className="flex flex-col gap-2">
            <FailureNote title={t("failed")} error={create.error} />
            <Button
              type="submit"
              form={formId}
              tone="primary"
              className="self-start"
              disabled={create.isPending || draft.name.trim() === "" || draft.email.trim() === ""}
            >
              {create.isPending ? t("creating") : t("create")}
            </Button>
          </div>
        )
      }
    >
      {made ? (
        <ShownOnce title={t("link", { name: invited })} detail={t("linkDetail")} text={made.url} />
      ) : (
        <form id={formId} onSubmit={submit} className="flex flex-col gap-4">
          <Field label={t("name")}>
            {(control) => (
              <TextInput
                {...control}
                data-autofocus
                required
                maxLength={200}
                value={draft.name}
                onChange={({ target }) => change((before) => ({ ...before, name: target.value }))}
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
                value={draft.email}
                onChange={({ target }) => change((before) => ({ ...before, email: target.value }))}
              />
            )}
          </Field>
        </form>
      )}
    </Sheet>
  );
}
