import { classNames } from "./class-names.ts";

const COLUMNS = ["base", "theirs", "yours"] as const;
type Column = (typeof COLUMNS)[number];
const GRID = "grid grid-cols-[84px_1fr_1fr_1fr] gap-2 max-sm:grid-cols-[72px_1fr_1fr_1fr]";

/** One key in its three states, already in the reader's words. */
export type ThreeWayRow = Readonly<Record<Column, string>> & {
  readonly key: string;
  readonly label: string;
  readonly outcome: "theirs" | "yours" | "agreed" | "contested";
  /** What came of it, in words. */
  readonly note?: string;
  /** Bodies, not words: set in the fixed face. */
  readonly verbatim?: boolean;
};

interface ThreeWayTableProps {
  readonly label: string;
  readonly heads: Readonly<Record<Column | "key", string>>;
  readonly rows: readonly ThreeWayRow[];
  /** Long values are cut after six lines. */
  readonly brief?: boolean;
}

/** What was, what they made of it, and what you make of it; whoever changed a key stands out there. */
export function ThreeWayTable({ label, heads, rows, brief = false }: ThreeWayTableProps) {
  return (
    <div role="table" aria-label={label} className="border-line border-y">
      <div role="row" className={`${GRID} py-1`}>
        <span role="columnheader">
          <span className="sr-only">{heads.key}</span>
        </span>
        {COLUMNS.map((column) => (
          <span key={column} role="columnheader" className="label-12">
            {heads[column]}
          </span>
        ))}
      </div>
      {rows.map((row) => (
        <div key={row.key} role="row" className={`${GRID} border-line border-t py-1.5`}>
          <span role="rowheader" className="text-12 text-ink-3 leading-5 wrap-anywhere">
            {row.label}
          </span>
          {COLUMNS.map((column) => (
            <span
              key={column}
              role="cell"
              className={classNames(
                "text-12 leading-5 wrap-anywhere",
                brief && "line-clamp-6",
                row.verbatim && "font-mono",
                column === "base" && "text-ink-3",
                column !== "base" &&
                  (row.outcome === column || row.outcome === "contested") &&
                  "font-semibold",
              )}
            >
              {row[column]}
            </span>
          ))}
          {row.note !== undefined && (
            <span className="col-start-2 col-end-[-1] text-12 text-ink-2">{row.note}</span>
          )}
        </div>
      ))}
    </div>
  );
}
