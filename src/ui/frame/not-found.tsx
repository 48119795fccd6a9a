"use client";

import Link from "next/link";
import { useTranslations } from "next-intl";
import { Empty } from "../kit/states.tsx";

/** An address that nothing answers to. */
export function NotFound() {
  const t = useTranslations("notFound");
  return (
    <main>
      <Empty title={t("title")}>
        <Link className="text-accent" href="/switches">
          {t("back")}
        </Link>
      </Empty>
    </main>
  );
}
