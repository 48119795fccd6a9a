"use client";

import { useTranslations } from "next-intl";
import { Button } from "./button.tsx";
import { Callout } from "./callout.tsx";

/** In place of a part of the page that could not be loaded, mostly since the control plane is away. */
export function PartFailed() {
  const t = useTranslations("kit");
  return (
    <div className="fixed inset-x-4 bottom-4 z-50 max-w-prose bg-surface-1">
      <Callout tone="failed" role="alert" title={t("partFailed")}>
        <div className="flex flex-col items-start gap-2">
          <p>{t("partFailedDetail")}</p>
          <Button onClick={() => location.reload()}>{t("reload")}</Button>
        </div>
      </Callout>
    </div>
  );
}
