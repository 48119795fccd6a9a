"use client";

import { Eye, EyeOff } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { Button } from "../kit/button.tsx";
import { Callout } from "../kit/callout.tsx";
import { useMayIn } from "../session/rights.ts";
import { FailureWords } from "../switches/failure-words.tsx";
import { configApi } from "./api.ts";
import type { ConfigRow } from "./config-row.ts";

type Shown =
  | { readonly phase: "hidden" }
  | { readonly phase: "asking" }
  | { readonly phase: "shown"; readonly value: string; readonly revision: number }
  | { readonly phase: "failed"; readonly error: unknown };

/** A secret, masked; for admins in the clear on demand, until the page is left or it is hidden again. */
export function Reveal({ env, row }: { env: string; row: ConfigRow }) {
  const t = useTranslations("config.secretValue");
  const admin = useMayIn("admin", env, [row.service]);
  const [shown, setShown] = useState<Shown>({ phase: "hidden" });
  const ask = async () => {
    setShown({ phase: "asking" });
    try {
      const { value, revision } = await configApi.reveal({ env, service: row.service, name: row.name });
      setShown({ phase: "shown", value, revision });
    } catch (error) {
      setShown({ phase: "failed", error });
    }
  };
  const open = shown.phase === "shown";
  return (
    <section aria-label={t("title")} className="flex flex-col gap-2">
      <h2 className="label-12">{t("title")}</h2>
      {open ? (
        <pre
          data-testid="secret-value"
          className="max-h-60 overflow-auto rounded-4 border border-line bg-surface-2 px-3 py-2 font-mono text-12"
        >
          {shown.value}
        </pre>
      ) : (
        <p className="font-mono text-ink-3" data-testid="secret-mask">
          ••••••••••••
        </p>
      )}
      {open && shown.revision !== row.revision && <Callout tone="warning" title={t("old")} />}
      {shown.phase === "failed" && (
        <Callout tone="failed" role="alert" title={t("failed")}>
          <FailureWords error={shown.error} />
        </Callout>
      )}
      <div className="flex flex-wrap items-center gap-3">
        {open ? (
          <Button onClick={() => setShown({ phase: "hidden" })}>
            <EyeOff size={14} aria-hidden />
            {t("hide")}
          </Button>
        ) : (
          <Button disabled={!admin || shown.phase === "asking"} onClick={() => void ask()}>
            <Eye size={14} aria-hidden />
            {t("reveal")}
          </Button>
        )}
        <span className="text-12 text-ink-3">{admin ? t("audited") : t("onlyAdmin")}</span>
      </div>
    </section>
  );
}
