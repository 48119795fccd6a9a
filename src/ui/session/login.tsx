"use client";

import { useRouter, useSearchParams } from "next/navigation";
import { useTranslations } from "next-intl";
import { useEffect, useState } from "react";
import { api } from "../api/client.ts";
import { Callout } from "../kit/callout.tsx";
import { LeverGlyph } from "../kit/lever.tsx";
import { PasteLine } from "../kit/states.tsx";
import { safeNext } from "./safe-next.ts";

type Attempt =
  | { readonly phase: "explaining" }
  | { readonly phase: "exchanging" }
  | { readonly phase: "refused"; readonly message: string };

/** A code serves once: it is sent once, however often React mounts the page. */
const sent = new Map<string, Promise<string | undefined>>();

/** Resolves to nothing when signed in, else to why not. */
async function exchange(code: string): Promise<string | undefined> {
  const response = await fetch("/api/auth/exchange", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ code }),
    signal: AbortSignal.timeout(10_000),
  });
  if (response.ok) return undefined;
  const answer = (await response.json().catch(() => ({}))) as { error?: string };
  return answer.error ?? `HTTP ${response.status}`;
}

/** Signs in by a one-time link, or says how to get one. */
export function Login() {
  const t = useTranslations("login");
  const search = useSearchParams();
  const router = useRouter();
  const code = search.get("code");
  const target = safeNext(search.get("next"));
  const [attempt, setAttempt] = useState<Attempt>({ phase: code ? "exchanging" : "explaining" });
  useEffect(() => {
    if (!code) return;
    const asked = sent.get(code) ?? exchange(code);
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
    window.addEventListener("focus", onFocus);
    return () => window.removeEventListener("focus", onFocus);
  }, [target, router]);
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
      {attempt.phase !== "exchanging" && (
        <div className="flex flex-col gap-3">
          <p className="text-14">{t("explained")}</p>
          <p className="text-ink-2">{t("another")}</p>
          <PasteLine line="npx leverframe login" />
        </div>
      )}
    </main>
  );
}
