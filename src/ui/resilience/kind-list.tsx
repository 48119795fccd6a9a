"use client";

import { useTranslations } from "next-intl";
import { useMemo } from "react";
import type { LeverRow, ServiceRow } from "../api/contract.ts";
import { formatRef } from "../api/ref.ts";
import { ReceiptMini } from "../kit/receipt-bar.tsx";
import { RelativeTime } from "../kit/relative-time.tsx";
import { Countdown } from "./countdown.tsx";
import { countUnsupported, type Unsupported } from "./effective.ts";
import type { ResilienceKind } from "./kinds.ts";
import { useFieldWords } from "./use-field-words.ts";

interface KindListProps {
  readonly kind: ResilienceKind;
  readonly rows: readonly LeverRow[];
  readonly levers: readonly LeverRow[];
  readonly services: readonly ServiceRow[];
  readonly dated: boolean;
  readonly onOpen: (ref: string) => void;
}

/** Levers of one kind, by service and name: what they say, who acts on them, and how far the last change is proved. */
export function KindList({ kind, rows, levers, services, dated, onOpen }: KindListProps) {
  const t = useTranslations("resilience");
  const unsupported = useMemo(() => countUnsupported(services, levers), [services, levers]);
  return (
    <ul aria-label={t(`kind.${kind}`)} className="border-line border-t">
      {rows.map((row) => (
        <Row
          key={formatRef(row)}
          kind={kind}
          row={row}
          unsupported={unsupported(row)}
          dated={dated}
          onOpen={onOpen}
        />
      ))}
    </ul>
  );
}

interface RowProps extends Pick<KindListProps, "kind" | "dated" | "onOpen"> {
  readonly row: LeverRow;
  readonly unsupported: Unsupported;
}

function Row({ kind, row, unsupported, dated, onOpen }: RowProps) {
  const t = useTranslations("breakers");
  const words = useFieldWords();
  const { service, name, resource, readers } = row;
  const { by, of } = unsupported;
  const expiry = resource?.meta.expiry;
  return (
    <li className="border-line border-b [contain-intrinsic-size:auto_48px] [content-visibility:auto]">
      <button
        type="button"
        data-lever={formatRef(row)}
        aria-haspopup="dialog"
        onClick={() => onOpen(formatRef(row))}
        className="flex min-h-11 w-full flex-wrap items-center gap-x-4 gap-y-1 px-4 py-2 text-start hover:bg-surface-2"
      >
        <span className="min-w-0 flex-1 basis-52 wrap-anywhere">
          <span className="text-ink-2">{service === "*" ? t("everyService") : service}</span> ·{" "}
          <span className="font-medium">{name}</span>
        </span>
        <span className="min-w-0 flex-1 basis-60 text-12 text-ink-2 wrap-anywhere">
          {row.fault === undefined && resource ? (
            words.summary(kind, resource.spec)
          ) : (
            <span className="font-semibold text-failed">{t("invalid")}</span>
          )}
        </span>
        <span className="w-52 text-12 text-ink-3">
          {by > 0 ? (
            <span className="text-degraded">{t("unsupported", { by, of })}</span>
          ) : readers.declared > 0 ? (
            t("reads", { declared: readers.declared, of: readers.of })
          ) : null}
        </span>
        <span className="flex w-40 items-center gap-3">
          {expiry ? <Countdown at={expiry.at} /> : <ReceiptMini summary={row.convergence} dated={dated} />}
        </span>
        <span className="min-w-0 basis-44 truncate text-12 text-ink-3">
          {row.reason} · {row.updatedAt !== "" && <RelativeTime at={row.updatedAt} />}
        </span>
      </button>
    </li>
  );
}
