"use client";

import { LEVELS } from "@leverframe/agent/protocol";
import { useTranslations } from "next-intl";
import { type ReactNode, useSyncExternalStore } from "react";
import { useAddress } from "../frame/address.ts";
import { Button } from "../kit/button.tsx";
import { classNames } from "../kit/class-names.ts";
import { SelectInput } from "../kit/field.tsx";
import {
  type BoardFilter,
  FILTER_PARTS,
  type FilterChoices,
  type FilterPart,
  isFiltered,
  NONE,
  STATES,
} from "./board-filter.ts";

interface BoardFiltersProps {
  readonly filter: BoardFilter;
  readonly choices: FilterChoices;
  /** How many of how many are shown. */
  readonly shown: number;
  readonly total: number;
}

const WIDE = "(min-width: 768px)";

/** On a phone they are folded away until one is wanted. */
const useWide = (): boolean =>
  useSyncExternalStore(
    (changed) => {
      const media = matchMedia(WIDE);
      media.addEventListener("change", changed);
      return () => media.removeEventListener("change", changed);
    },
    () => matchMedia(WIDE).matches,
    () => true,
  );

const CLEARED = Object.fromEntries(FILTER_PARTS.map((part) => [part, null]));

/** Narrows the board; each choice stands in the address. What has only one value to choose is left out. */
export function BoardFilters({ filter, choices, shown, total }: BoardFiltersProps) {
  const t = useTranslations("board");
  const { go } = useAddress();
  const wide = useWide();
  const words = useTranslations();
  const choose = (part: FilterPart, value: string) => go({ [part]: value || null }, "replace");
  const one = (part: FilterPart, options: ReactNode) => (
    <Choice
      key={part}
      label={t(`filter-${part}`)}
      value={filter[part]}
      onChange={(value) => choose(part, value)}
    >
      <option value="">{t(`any-${part}`)}</option>
      {options}
    </Choice>
  );
  const chosen = FILTER_PARTS.filter((part) => filter[part] !== undefined).length;
  return (
    <details
      open={wide || chosen > 0 || undefined}
      className="px-4 pb-3 md:[&>summary]:hidden"
      data-testid="board-filters"
    >
      <summary className="min-h-11 cursor-pointer rounded-4 py-3 text-13 text-ink-2">{t("fold")}</summary>
      <div role="group" aria-label={t("filters")} className="flex flex-wrap items-center gap-2">
        {one(
          "state",
          STATES.map((state) => (
            <option key={state} value={state}>
              {t(`state-${state}`)}
            </option>
          )),
        )}
        {one(
          "level",
          LEVELS.map((level) => (
            <option key={level} value={level}>
              {words(`level.${level}`)}
            </option>
          )),
        )}
        {one(
          "service",
          offered(choices.services, filter.service).map((service) => (
            <option key={service} value={service}>
              {service === "*" ? words("switches.everyService") : service}
            </option>
          )),
        )}
        {one("owner", named(offered(choices.owners, filter.owner), t("noOwner")))}
        {(choices.tags.length > 0 || filter.tag !== undefined) &&
          one("tag", named(offered(choices.tags, filter.tag), t("noTag")))}
        {isFiltered(filter) && (
          <>
            <span role="status" className="text-12 text-ink-2" data-testid="filter-count">
              {t("shown", { shown, total })}
            </span>
            <Button tone="quiet" onClick={() => go(CLEARED, "replace")}>
              {t("clear")}
            </Button>
          </>
        )}
      </div>
    </details>
  );
}

/** What an address asks for is offered too, also where nothing has it any more. */
const offered = (values: readonly string[], chosen: string | undefined): readonly string[] =>
  chosen === undefined || chosen === NONE || values.includes(chosen) ? values : [...values, chosen];

const named = (values: readonly string[], none: string): ReactNode => (
  <>
    {values.map((value) => (
      <option key={value} value={value}>
        {value}
      </option>
    ))}
    <option value={NONE}>{none}</option>
  </>
);

function Choice({
  label,
  value,
  onChange,
  children,
}: {
  label: string;
  value: string | undefined;
  onChange: (value: string) => void;
  children: ReactNode;
}) {
  return (
    <SelectInput
      aria-label={label}
      value={value ?? ""}
      onChange={(event) => onChange(event.target.value)}
      className={classNames(
        "w-auto! max-w-48 max-md:min-w-0 max-md:max-w-full max-md:flex-1 max-md:basis-36",
        value !== undefined && "border-ink! font-medium",
      )}
    >
      {children}
    </SelectInput>
  );
}
