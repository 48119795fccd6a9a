"use client";

import { useTranslations } from "next-intl";
import { Suspense, useState } from "react";
import { Button } from "../kit/button.tsx";
import { Callout } from "../kit/callout.tsx";
import { lazyPart } from "../lazy-part.tsx";

const RecoverySheet = lazyPart(() => import("./recovery-sheet.tsx").then((module) => module.RecoverySheet));

/** Above a fleet that obeys nothing new: what happened, and the way back. Nothing while nobody holds. */
export function RecoveryCallout({ env, holding }: { env: string; holding: number }) {
  const t = useTranslations("recovery");
  const [open, setOpen] = useState(false);
  return (
    <>
      {holding > 0 && (
        <div className="px-4 pb-3">
          <Callout tone="failed" role="status" title={t("title", { count: holding })}>
            <div className="flex flex-col items-start gap-2">
              <p className="max-w-prose">{t("detail")}</p>
              <Button onClick={() => setOpen(true)}>{t("look")}</Button>
            </div>
          </Callout>
        </div>
      )}
      {open && (
        <Suspense fallback={null}>
          <RecoverySheet env={env} onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}
