"use client";

import { useTranslations } from "next-intl";
import { Sheet } from "../kit/sheet.tsx";
import { Preferences } from "./preferences.tsx";

/** The rest of the navigation, where there is no room for its column. */
export function MenuSheet({ onClose, onHelp }: { onClose: () => void; onHelp: () => void }) {
  const t = useTranslations("navigation");
  return (
    <Sheet title={t("menu")} description={t("menuDescription")} onClose={onClose}>
      <Preferences
        onHelp={() => {
          onClose();
          onHelp();
        }}
      />
    </Sheet>
  );
}
