"use client";

import { Lightbulb } from "lucide-react";
import { useTranslations } from "next-intl";
import { useAddress } from "../frame/address.ts";
import { Button } from "../kit/button.tsx";
import { Sheet } from "../kit/sheet.tsx";
import { AdvicePanel } from "./advice-panel.tsx";

/** Opens what traffic and levers suggest, in a sheet beside the graph that it speaks of. Whether it is open is in the address. */
export function AdviceButton({ env }: { env: string }) {
  const t = useTranslations("foresight.advice");
  const { search, go } = useAddress();
  return (
    <>
      <Button onClick={() => go({ advice: "1" })}>
        <Lightbulb size={16} aria-hidden /> {t("title")}
      </Button>
      {search.get("advice") === "1" && (
        <Sheet title={t("title")} description={t("lead")} onClose={() => go({ advice: null })}>
          <AdvicePanel env={env} />
        </Sheet>
      )}
    </>
  );
}
