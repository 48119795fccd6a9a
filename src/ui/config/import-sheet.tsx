"use client";

import { Ban, Equal, Inbox, PenLine, Plus } from "lucide-react";
import { useTranslations } from "next-intl";
import { useMemo, useState } from "react";
import { useServices } from "../api/queries.ts";
import { Button } from "../kit/button.tsx";
import { Callout } from "../kit/callout.tsx";
import { classNames } from "../kit/class-names.ts";
import { Field, SelectInput } from "../kit/field.tsx";
import { Sheet } from "../kit/sheet.tsx";
import { useMayIn } from "../session/rights.ts";
import { useTray } from "../tray/use-tray.ts";
import type { ConfigRow } from "./config-row.ts";
import { ACCEPTED, type Fate, type GivenFile, type ImportRow, importRows, MOST_FILES } from "./exchange.ts";

const FILE_BYTES = 1_048_576;
const ICON: Readonly<Record<Fate, typeof Plus>> = { new: Plus, changed: PenLine, same: Equal, refused: Ban };

interface ImportSheetProps {
  readonly env: string;
  readonly rows: readonly ConfigRow[];
  readonly onClose: () => void;
  /** What was read waits in the tray. */
  readonly onCollected: () => void;
}

/** Files become configs: what each would do is shown first, and all of it goes into the tray, to be reviewed as one diff. */
export function ImportSheet({ env, rows, onClose, onCollected }: ImportSheetProps) {
  const t = useTranslations("config.exchange");
  const tray = useTray(env);
  const services = useServices(env);
  const [service, setService] = useState("");
  const [files, setFiles] = useState<readonly GivenFile[]>([]);
  const [failed, setFailed] = useState<string>();
  const found = useMemo(() => importRows(env, service, files, rows), [env, service, files, rows]);
  const edits = found.flatMap(({ edit }) => (edit === undefined ? [] : [edit]));
  const places = [...new Set(edits.map(({ edit }) => edit.service))];
  const allowed = useMayIn("operator", env, places);

  const read = async (chosen: FileList | null) => {
    setFailed(undefined);
    const list = [...(chosen ?? [])];
    if (list.length > MOST_FILES) return setFailed(t("tooMany", { most: MOST_FILES }));
    const large = list.find(({ size }) => size > FILE_BYTES);
    if (large) return setFailed(t("tooLarge", { name: large.name }));
    setFiles(await Promise.all(list.map(async (file) => ({ name: file.name, text: await file.text() }))));
  };

  return (
    <Sheet
      title={t("title")}
      description={t("description", { env })}
      onClose={onClose}
      footer={
        <div className="flex flex-wrap items-center gap-3 max-md:flex-col max-md:flex-nowrap max-md:items-stretch">
          <Button
            tone="primary"
            disabled={edits.length === 0 || !allowed}
            onClick={() => {
              tray.add(...edits);
              onCollected();
            }}
          >
            <Inbox size={14} aria-hidden />
            {t("collect", { count: edits.length })}
          </Button>
          <span className="text-12 text-ink-3">
            {!allowed ? t("needsOperator") : edits.length === 0 ? t("nothing") : t("thenReview")}
          </span>
        </div>
      }
    >
      <div className="flex flex-col gap-4">
        <Field label={t("files")} hint={t("filesHint")}>
          {(control) => (
            <input
              {...control}
              type="file"
              multiple
              accept={ACCEPTED}
              onChange={(event) => void read(event.target.files)}
              className="min-h-8 w-full text-13 file:me-3 file:min-h-8 file:rounded-4 file:border file:border-ink-3 file:bg-surface-1 file:px-3 file:text-ink max-md:file:min-h-11"
            />
          )}
        </Field>
        <Field label={t("service")} hint={t("serviceHint")}>
          {(control) => (
            <SelectInput {...control} value={service} onChange={(event) => setService(event.target.value)}>
              <option value="">{t("chooseService")}</option>
              {(services.data ?? []).map((one) => (
                <option key={one.service} value={one.service}>
                  {one.service}
                </option>
              ))}
              <option value="*">{t("everyService")}</option>
            </SelectInput>
          )}
        </Field>
        {failed !== undefined && (
          <Callout tone="failed" role="alert" title={t("failed")}>
            {failed}
          </Callout>
        )}
        {found.length > 0 && (
          <ul className="border-line border-t" aria-label={t("found")}>
            {found.map((row) => (
              <Line key={row.key} row={row} />
            ))}
          </ul>
        )}
      </div>
    </Sheet>
  );
}

function Line({ row }: { row: ImportRow }) {
  const t = useTranslations("config.exchange");
  const Icon = ICON[row.fate];
  return (
    <li
      className="flex flex-col gap-0.5 border-line border-b py-1.5"
      data-import={`${row.service}/${row.name}`}
    >
      <span className="flex flex-wrap items-center gap-x-3">
        <span
          className={classNames(
            "inline-flex w-24 shrink-0 items-center gap-1 text-12",
            row.fate === "refused"
              ? "font-semibold text-failed"
              : row.fate === "same"
                ? "text-ink-3"
                : "font-semibold text-ink",
          )}
        >
          <Icon size={12} aria-hidden />
          {t(`fate-${row.fate}`)}
        </span>
        <span className="min-w-0 font-mono text-12 wrap-anywhere">
          {row.service || "?"}/{row.name}
        </span>
        <span className="ms-auto truncate text-12 text-ink-3">{row.from}</span>
      </span>
      {row.why && (
        <span className="text-12 text-failed wrap-anywhere">
          {t(`why-${row.why.word}`, { detail: row.why.detail })}
        </span>
      )}
    </li>
  );
}
