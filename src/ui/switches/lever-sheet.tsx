"use client";

import type { SwitchSpec } from "@leverframe/agent/protocol";
import { useTranslations } from "next-intl";
import { useState } from "react";
import type { LeverRow } from "../api/contract.ts";
import { failureOf } from "../api/errors.ts";
import { useBoard, useLever } from "../api/queries.ts";
import { formatRef, type LeverRef } from "../api/ref.ts";
import { InvalidWord, LevelWord, LeverGlyph, PositionWord } from "../kit/lever.tsx";
import { proofOf } from "../kit/receipt.ts";
import { Sheet } from "../kit/sheet.tsx";
import { Empty, Failed, SkeletonRows } from "../kit/states.tsx";
import { ByRule } from "./by-rule.tsx";
import { Countdown } from "./countdown.tsx";
import { FailureWords } from "./failure-words.tsx";
import { LeverForm } from "./lever-form.tsx";
import { useSpecWords } from "./spec-words.ts";
import { type SwitchRow, switchRow } from "./switch-row.ts";

interface LeverSheetProps {
  readonly env: string;
  readonly target: LeverRef;
  readonly onClose: () => void;
}

/** Everything about one lever: what it is, the proof of its last change, and the next pull. */
export function LeverSheet({ env, target, onClose }: LeverSheetProps) {
  const t = useTranslations("sheet");
  const board = useBoard(env);
  const detail = useLever(env, target);
  const [footer, setFooter] = useState<HTMLElement | null>(null);
  const row = newest(
    board.data?.levers.find((lever) => formatRef(lever) === formatRef(target)),
    detail.data?.lever,
  );
  return (
    <Sheet
      title={row ? <Title row={row} /> : target.name}
      description={<Description target={target} row={row} />}
      onClose={onClose}
      footer={row && <div ref={setFooter} />}
    >
      {row && <ByRule env={env} target={target} />}
      {row ? (
        <LeverForm env={env} row={row} detail={detail.data} footer={footer} />
      ) : board.isPending || detail.isPending ? (
        <SkeletonRows rows={6} label={t("loading")} />
      ) : detail.isError && failureOf(detail.error).kind !== "not-found" ? (
        <Failed title={t("failed")} onRetry={() => void detail.refetch()}>
          <FailureWords error={detail.error} />
        </Failed>
      ) : (
        <Empty title={t("gone")}>{t("goneDetail")}</Empty>
      )}
    </Sheet>
  );
}

/** Two answers about one lever may overtake each other: the later revision is the truth. */
function newest(a: LeverRow | undefined, b: LeverRow | undefined): SwitchRow | undefined {
  const later = a && b ? (a.revision >= b.revision ? a : b) : (a ?? b);
  return later && switchRow(later);
}

function Title({ row }: { row: SwitchRow }) {
  return (
    <span className="flex min-w-0 items-center gap-3">
      <LeverGlyph
        position={row.spec.position}
        proof={proofOf(row.convergence)}
        automatic={row.author?.kind === "rule"}
        invalid={row.fault !== undefined}
      />
      <span className="truncate" title={row.name}>
        {row.name}
      </span>
      {row.fault === undefined ? <PositionWord position={row.spec.position} /> : <InvalidWord />}
    </span>
  );
}

function Description({ target, row }: { target: LeverRef; row: SwitchRow | undefined }) {
  const t = useTranslations("switches");
  return (
    <span className="flex flex-wrap gap-x-3 pt-1">
      <span>{target.service === "*" ? t("everyService") : target.service}</span>
      {row && row.fault === undefined && <LevelWord level={row.level} />}
      {row?.owner && <span>{row.owner}</span>}
      {row && (
        <span className="font-mono text-ink-3" data-testid="lever-version">
          v{row.version} · r{row.revision}
        </span>
      )}
      {row?.expiry && <Ends row={row} />}
      {row?.description && <span className="basis-full pt-1 text-13 text-ink">{row.description}</span>}
    </span>
  );
}

/** How long it still holds, and what comes back then. */
function Ends({ row }: { row: SwitchRow }) {
  const t = useTranslations("sheet");
  const words = useSpecWords();
  const { expiry } = row;
  if (!expiry) return null;
  return (
    <span className="inline-flex flex-wrap">
      <Countdown at={expiry.at} />
      <span>{t("then", { what: words.restored(expiry.restore as SwitchSpec | null) })}</span>
    </span>
  );
}
