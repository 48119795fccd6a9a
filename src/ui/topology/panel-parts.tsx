"use client";

import { X } from "lucide-react";
import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { IconButton } from "../kit/button.tsx";

/** What the side says of one thing. */
export function PanelHead({
  title,
  children,
  onClose,
}: {
  title: ReactNode;
  children?: ReactNode;
  onClose: () => void;
}) {
  const t = useTranslations("topology");
  return (
    <header className="flex items-start gap-2 pb-2">
      <div className="min-w-0 flex-1">
        <h2 className="flex items-center gap-2 font-semibold text-16 wrap-anywhere">{title}</h2>
        {children}
      </div>
      <IconButton label={t("close")} onClick={onClose}>
        <X size={16} />
      </IconButton>
    </header>
  );
}

export function PanelPart({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="border-line border-t py-2">
      <h3 className="label-12 pb-1">{title}</h3>
      {children}
    </section>
  );
}
