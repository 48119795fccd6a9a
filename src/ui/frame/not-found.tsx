"use client";

import { useTranslations } from "next-intl";
import { Empty } from "../kit/states.tsx";
import { PageLink } from "./page-link.tsx";

/** An address that nothing answers to. */
export function NotFound() {
  const t = useTranslations("notFound");
  return (
    <main>
      <Empty title={t("title")}>
        <PageLink className="text-accent underline" href="/overview">
          {t("back")}
        </PageLink>
      </Empty>
    </main>
  );
}
