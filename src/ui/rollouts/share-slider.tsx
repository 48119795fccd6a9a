"use client";

import { WHOLE_BP } from "@leverframe/agent/rules";
import { useFormatter, useTranslations } from "next-intl";
import { Slider } from "radix-ui";
import { useId } from "react";
import { TextInput } from "../kit/field.tsx";
import { DETENTS_BP, isIn, type Place, readShare } from "./share.ts";

interface ShareSliderProps {
  /** What stands, and what is drafted. */
  readonly standingBp: number;
  readonly draftBp: number;
  /** Where members join; none where they are not known. */
  readonly places: readonly Place[];
  readonly disabled: boolean;
  readonly onDraft: (shareBp: number) => void;
}

const MOST_TICKS = 200;
const SNAP_BP = 60;

/** Hands stop at whole numbers: a drag near one lands on it; keys and the field go by hundredths of a percent. */
const snapped = (shareBp: number): number =>
  DETENTS_BP.find((detent) => Math.abs(detent - shareBp) <= SNAP_BP) ?? Math.round(shareBp / 10) * 10;

/** The gray slider: dragging drafts, nothing is sent. A tick where each member joins; the mark of what stands stays. */
export function ShareSlider({ standingBp, draftBp, places, disabled, onDraft }: ShareSliderProps) {
  const t = useTranslations("rollouts");
  const format = useFormatter();
  const id = useId();
  const percent = (bp: number): string => `${format.number(bp / 100, { maximumFractionDigits: 2 })} %`;
  return (
    <div className="flex flex-col gap-2">
      <div className="flex items-center gap-3">
        <label htmlFor={id} className="font-semibold text-14">
          {t("share")}
        </label>
        <TextInput
          id={id}
          key={draftBp}
          inputMode="decimal"
          disabled={disabled}
          defaultValue={String(draftBp / 100)}
          className="w-20! text-right tabular-nums"
          aria-describedby={`${id}-note`}
          onBlur={(event) => onDraft(readShare(event.target.value) ?? draftBp)}
          onKeyDown={(event) => {
            if (event.key === "Enter") {
              event.preventDefault();
              onDraft(readShare(event.currentTarget.value) ?? draftBp);
            }
          }}
        />
        <span aria-hidden>%</span>
        {draftBp !== standingBp && (
          <span className="text-12 text-candidate">{t("from", { share: percent(standingBp) })}</span>
        )}
      </div>
      <div className="relative px-2 pt-4">
        <div className="pointer-events-none absolute inset-x-2 top-0 h-4" aria-hidden>
          {places.slice(0, MOST_TICKS).map((place) => (
            <span
              key={place.key}
              title={place.key}
              style={{ left: `${(place.bucket * 100) / WHOLE_BP}%` }}
              className={`absolute bottom-0 h-2.5 w-px ${isIn(place, draftBp) ? "bg-candidate" : "bg-ink-3"}`}
            />
          ))}
        </div>
        <Slider.Root
          value={[draftBp]}
          max={WHOLE_BP}
          step={1}
          disabled={disabled}
          onValueChange={([value = 0]) => onDraft(snapped(value))}
          className="relative flex h-8 touch-none select-none items-center max-md:h-11"
        >
          <Slider.Track className="relative h-2 flex-1 rounded-4 border border-ink-3 bg-surface-2">
            <Slider.Range className="absolute h-full rounded-4 bg-candidate" />
            <span
              aria-hidden
              style={{ left: `${(standingBp * 100) / WHOLE_BP}%` }}
              className="-translate-x-1/2 absolute -top-1.5 h-5 w-0.5 bg-ink"
            />
          </Slider.Track>
          <Slider.Thumb
            aria-label={t("share")}
            aria-valuetext={percent(draftBp)}
            className="block size-5 rounded-full border-2 border-candidate bg-surface-1 disabled:opacity-50 max-md:size-7"
          />
        </Slider.Root>
      </div>
      <div id={`${id}-note`} className="flex flex-wrap gap-1">
        {DETENTS_BP.map((detent) => (
          <button
            key={detent}
            type="button"
            disabled={disabled}
            aria-pressed={draftBp === detent}
            onClick={() => onDraft(detent)}
            className="h-7 rounded-4 border border-ink-3 px-2 text-12 tabular-nums hover:not-disabled:bg-surface-2 aria-pressed:border-candidate aria-pressed:text-candidate disabled:opacity-50 max-md:h-11 max-md:px-3"
          >
            {percent(detent)}
          </button>
        ))}
      </div>
    </div>
  );
}
