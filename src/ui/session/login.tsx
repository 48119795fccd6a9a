"use client";

import { useRouter, useSearchParams } from "next/navigation";
import { useTranslations } from "next-intl";
import { useEffect, useState } from "react";
import { api } from "../api/client.ts";
import { Button } from "../kit/button.tsx";
import { Callout } from "../kit/callout.tsx";
import { LeverGlyph } from "../kit/lever.tsx";
import { PasteLine } from "../kit/states.tsx";
import { PasswordForm } from "./password-form.tsx";
import { safeNext } from "./safe-next.ts";
import { askMethods, signInBy } from "./sign-in-calls.ts";

type Attempt =
  | { readonly phase: "explaining" }
  | { readonly phase: "exchanging" }
  | { readonly phase: "refused"; readonly message: string };

/** A code serves once: it is sent once, however often React mounts the page. */
const sent = new Map<string, Promise<string | undefined>>();

/** Why a provider's word did not do; anything else in the address says nothing. */
const REFUSALS = ["not-invited", "not-proved", "unavailable"] as const;

/** Signs in by a one-time link, by e-mail and password, or by a provider; an invitation sets the password first. */
export function Login() {
  const t = useTranslations("login");
  const search = useSearchParams();
  const router = useRouter();
  const code = search.get("code");
  const invitation = search.get("invitation");
  const back = search.has("signed-in");
  const refusal = REFUSALS.find((one) => one === search.get("refused"));
  const [provider, setProvider] = useState<string | null>(null);
  const target = safeNext(search.get("next"));
  const [attempt, setAttempt] = useState<Attempt>({ phase: code ? "exchanging" : "explaining" });
  useEffect(() => {
    if (!code) return;
    const asked = sent.get(code) ?? signInBy("exchange", { code });
    sent.set(code, asked);
    asked.then(
      (message) =>
        message === undefined ? router.replace(target) : setAttempt({ phase: "refused", message }),
      () => setAttempt({ phase: "refused", message: t("noAnswer") }),
    );
  }, [code, target, router, t]);
  // The link opens in a tab of its own; this one, with what was typed in it, goes on as soon as it is looked at.
  useEffect(() => {
    const goOn = async () => {
      const session = await api.me().catch(() => undefined);
      if (session?.signedIn) router.replace(target);
    };
    const onFocus = () => void goOn();
    if (back) onFocus();
    window.addEventListener("focus", onFocus);
    return () => window.removeEventListener("focus", onFocus);
  }, [target, router, back]);
  // Without an answer there is no such button; the form says that nobody answers when it is used.
  useEffect(() => {
    askMethods().then(
      ({ oidc }) => setProvider(oidc),
      () => setProvider(null),
    );
  }, []);
  return (
    <main className="mx-auto flex min-h-dvh w-full max-w-md flex-col justify-center gap-6 px-4 py-12">
      <h1 className="flex items-center gap-3 font-semibold text-20">
        <LeverGlyph position="NORMAL" proof="proved" />
        Leverframe
      </h1>
      {attempt.phase === "exchanging" && (
        <p role="status" className="text-14">
          {t("exchanging")}
        </p>
      )}
      {attempt.phase === "refused" && (
        <Callout tone="failed" role="alert" title={t("refused")}>
          {attempt.message}
        </Callout>
      )}
      {refusal !== undefined && (
        <Callout tone="failed" role="alert" title={t("notSignedIn")}>
          {t(`refusals.${refusal}`)}
        </Callout>
      )}
      {attempt.phase !== "exchanging" && (
        <PasswordForm invitation={invitation} onSignedIn={() => router.replace(target)} />
      )}
      {attempt.phase !== "exchanging" && !invitation && provider !== null && (
        <Button onClick={() => window.location.assign("/api/auth/oidc")} className="self-start">
          {t("byProvider", { name: provider })}
        </Button>
      )}
      {attempt.phase !== "exchanging" && !invitation && (
        <div className="flex flex-col gap-3 border-line border-t pt-6">
          <p className="text-14">{t("explained")}</p>
          <p className="text-ink-2">{t("another")}</p>
          <PasteLine line="npx leverframe login" />
        </div>
      )}
    </main>
  );
}
