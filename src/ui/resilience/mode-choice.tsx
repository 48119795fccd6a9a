"use client";

import { BREAKER_MODES } from "@leverframe/agent/protocol";
import { useTranslations } from "next-intl";
import { useId } from "react";
import { classNames } from "../kit/class-names.ts";
import { BreakerGlyph } from "./breaker-glyph.tsx";
import type { Mode } from "./kinds.ts";

/** Who decides: the breaker by what it counts, or an operator. Each mode with its picture; what it does in plain words below. */
export function ModeChoice({
  value,
  disabled,
  onChange,
}: {
  value: Mode;
  disabled: boolean;
  onChange: (mode: Mode) => void;
}) {
  const t = useTranslations("breakers");
  const name = useId();
  return (
    <div className="flex flex-col gap-2">
      <div
        role="radiogroup"
        aria-label={t("modeLabel")}
        className={classNames(
          "grid grid-cols-2 gap-px rounded-4 border border-ink-3 bg-surface-1 p-px",
          disabled && "opacity-60",
        )}
      >
        {BREAKER_MODES.map((mode) => (
          <label
            key={mode}
            className={classNames(
              "relative flex h-11 items-center gap-3 rounded-[3px] px-3 has-focus-visible:outline-2 has-focus-visible:outline-accent",
              mode === value
                ? "bg-surface-2 font-semibold ring-2 ring-ink ring-inset"
                : "text-ink-2 hover:bg-surface-2",
            )}
          >
            <input
              type="radio"
              name={name}
              value={mode}
              disabled={disabled}
              checked={mode === value}
              onChange={() => onChange(mode)}
              data-autofocus={mode === value ? "" : undefined}
              className="absolute inset-0 z-10 cursor-pointer appearance-none outline-none"
            />
            <BreakerGlyph look={mode === "FORCED_OPEN" ? "open" : "closed"} mode={mode} />
            <span className="min-w-0">{t(`mode.${mode}`)}</span>
          </label>
        ))}
      </div>
      <p className="text-12 text-ink-2">{t(`modeHint.${value}`)}</p>
    </div>
  );
}
