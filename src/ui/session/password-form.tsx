"use client";

import { useTranslations } from "next-intl";
import { type FormEvent, useState } from "react";
import { Button } from "../kit/button.tsx";
import { Callout } from "../kit/callout.tsx";
import { Field, TextInput } from "../kit/field.tsx";
import { signInBy } from "./sign-in-calls.ts";

type Attempt =
  | { readonly phase: "writing" }
  | { readonly phase: "asking" }
  | { readonly phase: "refused"; readonly message: string };

interface PasswordFormProps {
  /** Of somebody who was invited: they choose a password, and sign in by it. */
  readonly invitation: string | null;
  readonly onSignedIn: () => void;
}

/** E-mail address and password; or, by an invitation, the password to have from now on. What was typed stays. */
export function PasswordForm({ invitation, onSignedIn }: PasswordFormProps) {
  const t = useTranslations("login");
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [attempt, setAttempt] = useState<Attempt>({ phase: "writing" });
  const invited = invitation !== null;
  const asked = () =>
    invited ? signInBy("accept", { code: invitation, password }) : signInBy("sign-in", { email, password });
  const send = async () => {
    setAttempt({ phase: "asking" });
    const message = await asked().catch(() => t("noAnswerForm"));
    if (message === undefined) onSignedIn();
    else setAttempt({ phase: "refused", message });
  };
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (attempt.phase !== "asking") void send();
  };
  return (
    <form onSubmit={onSubmit} className="flex flex-col gap-4">
      {invited && <p className="text-14">{t("invited")}</p>}
      {!invited && (
        <Field label={t("email")}>
          {(control) => (
            <TextInput
              {...control}
              type="email"
              autoComplete="username"
              required
              maxLength={320}
              value={email}
              onChange={(event) => setEmail(event.target.value)}
            />
          )}
        </Field>
      )}
      <Field
        label={invited ? t("newPassword") : t("password")}
        hint={invited ? t("passwordHint") : undefined}
      >
        {(control) => (
          <TextInput
            {...control}
            type="password"
            autoComplete={invited ? "new-password" : "current-password"}
            required
            minLength={invited ? 12 : 1}
            maxLength={128}
            value={password}
            onChange={(event) => setPassword(event.target.value)}
          />
        )}
      </Field>
      {attempt.phase === "refused" && (
        <Callout tone="failed" role="alert" title={t("notSignedIn")}>
          {attempt.message}
        </Callout>
      )}
      <Button type="submit" tone="primary" disabled={attempt.phase === "asking"} className="self-start">
        {invited ? t("accept") : t("signIn")}
      </Button>
    </form>
  );
}
