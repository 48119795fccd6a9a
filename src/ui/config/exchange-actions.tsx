"use client";

import { Download, Upload } from "lucide-react";
import { useTranslations } from "next-intl";
import { Button } from "../kit/button.tsx";
import { notice } from "../kit/notices.tsx";
import type { ConfigRow } from "./config-row.ts";

interface ExchangeActionsProps {
  readonly env: string;
  readonly revision: number;
  /** What is shown: what is exported. */
  readonly rows: readonly ConfigRow[];
  readonly mayImport: boolean;
  readonly onImport: () => void;
}

/** Configs out of here as a file that `leverframe apply` takes as well, and files in. */
export function ExchangeActions({ env, revision, rows, mayImport, onImport }: ExchangeActionsProps) {
  const t = useTranslations("config.exchange");
  const save = async () => {
    const { exportOf } = await import("./exchange.ts");
    const { file, leftOut } = exportOf(env, revision, rows);
    const url = URL.createObjectURL(
      new Blob([`${JSON.stringify(file, null, 2)}\n`], { type: "application/json" }),
    );
    const link = document.createElement("a");
    link.href = url;
    link.download = `${env}-configs-r${revision}.json`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
    void notice(t("exported", { count: file.levers.length, leftOut }));
  };
  return (
    <>
      <Button onClick={() => void save()} disabled={rows.length === 0}>
        <Download size={14} aria-hidden />
        {t("export")}
      </Button>
      <Button onClick={onImport} disabled={!mayImport} title={mayImport ? undefined : t("needsOperator")}>
        <Upload size={14} aria-hidden />
        {t("import")}
      </Button>
    </>
  );
}
