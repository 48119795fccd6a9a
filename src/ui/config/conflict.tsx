"use client";

import { useTranslations } from "next-intl";
import { useMemo } from "react";
import { Button } from "../kit/button.tsx";
import { Callout } from "../kit/callout.tsx";
import type { ConfigRow } from "./config-row.ts";
import { DiffBox } from "./diff-box.tsx";
import { mergeTexts } from "./merge-texts.ts";
import type { ConfigEdit } from "./use-config-edit.ts";

/** Somebody else published meanwhile: theirs and yours, each against where you started. Nothing is overwritten unseen. */
export function Conflict({ row, edit }: { row: ConfigRow; edit: ConfigEdit }) {
  const t = useTranslations("config.conflict");
  const theirs = row.value ?? "";
  const merged = useMemo(
    () => (row.secret ? undefined : mergeTexts(edit.base.value, theirs, edit.text)),
    [row.secret, edit.base.value, theirs, edit.text],
  );
  const coming = row.revision === edit.base.revision;
  return (
    <section aria-label={t("title")} data-testid="conflict" className="flex flex-col gap-4">
      <Callout tone="warning" role="alert" title={t("title")}>
        {coming
          ? t("coming")
          : `${t("by", { who: row.author?.id ?? t("unknown"), revision: row.revision })} “${row.reason || t("noReason")}”`}
      </Callout>
      {row.secret ? (
        <p className="text-ink-2">{t("secret")}</p>
      ) : (
        <div className="grid gap-4 xl:grid-cols-2">
          <DiffBox
            inline
            before={edit.base.value}
            after={theirs}
            format={row.format}
            beforeLabel={t("base", { revision: edit.base.revision })}
            afterLabel={t("theirs", { revision: row.revision })}
          />
          <DiffBox
            inline
            before={edit.base.value}
            after={edit.text}
            format={edit.format}
            beforeLabel={t("base", { revision: edit.base.revision })}
            afterLabel={t("yours")}
          />
        </div>
      )}
      <div className="flex flex-wrap gap-3 max-md:flex-col">
        {merged !== undefined && (
          <Button tone="primary" disabled={coming} onClick={() => edit.rebaseMine(merged)}>
            {t("merge")}
          </Button>
        )}
        <Button
          tone={merged === undefined ? "primary" : "plain"}
          disabled={coming}
          onClick={() => edit.rebaseMine()}
        >
          {t("keepMine")}
        </Button>
        <Button disabled={coming} onClick={edit.discard}>
          {t("takeTheirs")}
        </Button>
      </div>
      <p className="text-12 text-ink-3">
        {merged === undefined && !row.secret ? t("overlap") : t("explained")}
      </p>
    </section>
  );
}
