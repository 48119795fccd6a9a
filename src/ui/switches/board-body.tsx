"use client";

import { useTranslations } from "next-intl";
import { useMemo } from "react";
import { formatRef, type LeverRef } from "../api/ref.ts";
import { useAddress } from "../frame/address.ts";
import { Button } from "../kit/button.tsx";
import { Empty } from "../kit/states.tsx";
import { choicesIn, FILTER_PARTS, isFiltered, narrow, readFilter } from "./board-filter.ts";
import { BoardFilters } from "./board-filters.tsx";
import { BoardList } from "./board-list.tsx";
import { type Grouping, groupRows, search } from "./board-order.ts";
import { BulkBar } from "./bulk-bar.tsx";
import { useSelection } from "./selection.ts";
import type { SwitchRow } from "./switch-row.ts";

interface BoardBodyProps {
  readonly env: string;
  readonly rows: readonly SwitchRow[];
  readonly query: string;
  readonly grouping: Grouping;
  readonly selected: string | undefined;
  readonly datedSinceMs: number | undefined;
  readonly onOpen: (ref: LeverRef) => void;
}

const CLEARED = Object.fromEntries([...FILTER_PARTS, "q"].map((part) => [part, null]));

/** The rows of the board, what narrows them, and what can be done with many of them at once. */
export function BoardBody(props: BoardBodyProps) {
  const { env, rows, query, grouping, selected, datedSinceMs, onOpen } = props;
  const t = useTranslations("switches");
  const words = useTranslations("board");
  const { search: address, go } = useAddress();
  const filter = useMemo(() => readFilter(address), [address]);
  const shown = useMemo(() => search(narrow(rows, filter), query), [rows, filter, query]);
  const groups = useMemo(() => groupRows(shown, grouping), [shown, grouping]);
  const choices = useMemo(() => choicesIn(rows), [rows]);
  const selection = useSelection(rows);
  return (
    <>
      <BoardFilters filter={filter} choices={choices} shown={shown.length} total={rows.length} />
      {groups.length === 0 ? (
        <Empty title={isFiltered(filter) ? words("nothingFits") : t("nothingFound", { query })}>
          <Button onClick={() => go(CLEARED, "replace")}>
            {isFiltered(filter) ? words("showAll") : t("clearSearch")}
          </Button>
        </Empty>
      ) : (
        <BoardList
          env={env}
          groups={groups}
          grouping={grouping}
          selected={selected}
          datedSinceMs={datedSinceMs}
          selection={selection}
          onOpen={onOpen}
        />
      )}
      {selection.rows.length > 0 && (
        <BulkBar
          env={env}
          selection={selection}
          shown={shown.length}
          onAll={() => selection.set(shown.map(formatRef), true)}
        />
      )}
    </>
  );
}
