"use client";

import { Shuffle, X } from "lucide-react";
import { useTranslations } from "next-intl";
import type { AddressChange } from "../frame/address.ts";
import { Button, IconButton } from "../kit/button.tsx";
import { SelectInput } from "../kit/field.tsx";
import { SearchField } from "../kit/search-field.tsx";
import { Segmented } from "../kit/segmented.tsx";
import { EARLIER, type EarlierName, type TopologyState, WINDOWS, type WindowName } from "./state.ts";
import { GROUPINGS } from "./view.ts";

interface ControlsProps {
  readonly state: TopologyState;
  readonly onChange: (change: AddressChange, how?: "push" | "replace") => void;
  readonly onArrange: () => void;
  /** Enter in the search goes to the first that is found. */
  readonly onFirst: (query: string) => void;
}

/** What is looked at: search, over how long, against when, in which groups. All of it is in the address. */
export function Controls({ state, onChange, onArrange, onFirst }: ControlsProps) {
  const t = useTranslations("topology");
  return (
    <div
      role="search"
      aria-label={t("controls")}
      className="flex min-w-0 flex-1 flex-wrap items-center gap-2 max-md:basis-full"
    >
      {/* Enter is the field's own: it bubbles up to here. */}
      <form
        className="max-md:w-full"
        onSubmit={(event) => {
          event.preventDefault();
          // The address comes later than the fingers.
          onFirst(event.currentTarget.querySelector("input")?.value ?? "");
        }}
      >
        <SearchField
          label={t("search")}
          placeholder={t("searchHint")}
          query={state.query}
          onChange={(q) => onChange({ q }, "replace")}
        />
      </form>
      <Segmented<WindowName>
        label={t("window")}
        value={state.window}
        options={(Object.keys(WINDOWS) as WindowName[]).map((value) => ({
          value,
          label: t(`windows.${value}`),
        }))}
        onChange={(window) => onChange({ window: window === "1m" ? null : window })}
      />
      <SelectInput
        aria-label={t("compare")}
        value={state.earlier ?? ""}
        onChange={({ target }) => onChange({ vs: target.value })}
        className="max-w-48 max-md:max-w-[calc(50%-4px)]"
      >
        <option value="">{t("compareNot")}</option>
        {(Object.keys(EARLIER) as EarlierName[]).map((one) => (
          <option key={one} value={one}>
            {t(`earlier.${one}`)}
          </option>
        ))}
      </SelectInput>
      <SelectInput
        aria-label={t("group")}
        value={state.by}
        onChange={({ target }) => onChange({ by: target.value === "none" ? null : target.value })}
        className="max-w-36 max-md:max-w-[calc(50%-4px)]"
      >
        {GROUPINGS.map((one) => (
          <option key={one} value={one}>
            {t(`groups.${one}`)}
          </option>
        ))}
      </SelectInput>
      <IconButton label={t("arrange")} onClick={onArrange}>
        <Shuffle size={16} />
      </IconButton>
      <Cuts state={state} onChange={onChange} />
    </div>
  );
}

const HOPS = [0, 1, 2, 3, 4, 5, 6];

/** What is left out, and the way back to all of it. */
function Cuts({ state: { cut }, onChange }: Pick<ControlsProps, "state" | "onChange">) {
  const t = useTranslations("topology");
  const { focus, hidden } = cut;
  return (
    <>
      {focus !== undefined && (
        <span
          className="flex flex-wrap items-center gap-1 rounded-4 border border-line ps-2"
          data-testid="focus"
        >
          {t("focusOn", { name: focus })}
          {(["up", "down"] as const).map((way) => (
            <SelectInput
              key={way}
              aria-label={t(`hops.${way}`)}
              value={String(cut[way])}
              onChange={({ target }) => onChange({ [way]: target.value })}
              className="max-w-24 border-transparent"
            >
              {HOPS.map((hops) => (
                <option key={hops} value={hops}>
                  {t(`hopsOf.${way}`, { hops })}
                </option>
              ))}
            </SelectInput>
          ))}
          <IconButton label={t("unfocus")} onClick={() => onChange({ focus: null, up: null, down: null })}>
            <X size={14} />
          </IconButton>
        </span>
      )}
      {hidden.size > 0 && (
        <Button tone="quiet" onClick={() => onChange({ hide: null })}>
          {t("hidden", { count: hidden.size })}
          <X size={14} aria-label={t("showAgain")} />
        </Button>
      )}
    </>
  );
}
