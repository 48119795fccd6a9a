"use client";

import type { Position } from "@leverframe/agent/protocol";
import { LockKeyhole } from "lucide-react";
import { useTranslations } from "next-intl";
import type { ComponentProps } from "react";
import { classNames } from "./class-names.ts";

/**
 * What the receipts say of the position shown: `proved` by every target, still `waiting` for some, or `partial`:
 * some hold it or cannot prove it. Only `proved` is drawn plain.
 */
export type Proof = "proved" | "waiting" | "partial";

export interface LeverMarks {
  readonly position: Position;
  readonly proof: Proof;
  /** An interlock keeps it where it is. */
  readonly locked?: boolean;
  /** A rule moved it, not a person. */
  readonly automatic?: boolean;
  /** Its stored body is not valid: no position can be told, and every agent holds its last good one. */
  readonly invalid?: boolean;
}

/** The lever's picture, 36 × 20: upright and hollow is NORMAL, fallen and amber is DEGRADED. */
export function LeverGlyph({
  position,
  proof,
  locked = false,
  automatic = false,
  invalid = false,
}: LeverMarks) {
  const degraded = position === "DEGRADED" && !invalid;
  return (
    <span className="relative inline-flex h-5 w-9 shrink-0" aria-hidden>
      <span
        className={classNames(
          "absolute inset-0 rounded-4 border bg-surface-1",
          invalid ? "border-failed" : degraded ? "border-degraded" : "border-ink-3",
          proof === "waiting" && !invalid && "striped",
          (proof === "partial" || invalid) && "hatched",
        )}
      />
      <svg viewBox="0 0 36 20" className="relative h-5 w-9" role="presentation">
        {invalid ? null : degraded ? (
          <rect x="8" y="10" width="22" height="7" rx="2" className="fill-degraded" />
        ) : (
          <rect
            x="8.75"
            y="3.75"
            width="6.5"
            height="13"
            rx="2"
            className="fill-surface-1 stroke-ink-2"
            strokeWidth="1.5"
          />
        )}
      </svg>
      {locked && (
        <span className="absolute -top-1.5 -right-1.5 flex size-3.5 items-center justify-center rounded-4 bg-surface-0 text-ink">
          <LockKeyhole size={11} strokeWidth={2.25} />
        </span>
      )}
      {automatic && (
        <span className="absolute -right-1.5 -bottom-1.5 flex size-3.5 items-center justify-center rounded-full border border-ink-3 bg-surface-0 font-semibold text-[9px] text-ink leading-none">
          A
        </span>
      )}
    </span>
  );
}

/** The position as a word; amber only where it deviates. */
export function PositionWord({ position }: { position: Position }) {
  const t = useTranslations("position");
  return (
    <span
      className={classNames(
        "whitespace-nowrap text-12",
        position === "DEGRADED" ? "font-semibold text-degraded" : "text-ink-2",
      )}
    >
      {t(position)}
    </span>
  );
}

/** In place of a position, where none can be told. */
export function InvalidWord() {
  const t = useTranslations("lever");
  return <span className="whitespace-nowrap font-semibold text-12 text-failed">{t("invalid")}</span>;
}

type LeverProps = LeverMarks & { readonly name: string } & Omit<
    ComponentProps<"button">,
    "name" | "children"
  >;

/** A lever that opens its sheet on click, Enter or Space. It never moves by being pressed. */
export function Lever({ name, className, position, proof, locked, automatic, invalid, ...rest }: LeverProps) {
  const t = useTranslations();
  const marks = {
    position,
    proof,
    locked: locked ?? false,
    automatic: automatic ?? false,
    invalid: invalid ?? false,
  };
  const words = [
    invalid ? t("lever.invalid") : t(`position.${position}`),
    proof !== "proved" && t(`lever.${proof}`),
    marks.locked && t("lever.locked"),
    marks.automatic && t("lever.automatic"),
  ].filter((word) => word !== false);
  return (
    <button
      type="button"
      aria-haspopup="dialog"
      aria-label={`${name}: ${words.join(", ")}`}
      title={words.join(" · ")}
      className={classNames(
        "inline-flex items-center gap-x-2 gap-y-1 rounded-4 max-xl:min-h-11 max-xl:min-w-11 max-xl:flex-col max-xl:items-start max-xl:justify-center",
        className,
      )}
      {...rest}
    >
      <LeverGlyph {...marks} />
      {invalid ? <InvalidWord /> : <PositionWord position={position} />}
    </button>
  );
}

/** How important a switch is, in a word; no colour, since a level is no deviation. */
export function LevelWord({ level }: { level: "core" | "secondary" | "non-core" }) {
  const t = useTranslations("level");
  return (
    <span
      className={classNames(
        "whitespace-nowrap text-12",
        level === "core" ? "font-semibold text-ink" : "text-ink-2",
      )}
    >
      {t(level)}
    </span>
  );
}
