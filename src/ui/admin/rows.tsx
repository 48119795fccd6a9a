import type { ReactNode } from "react";
import { classNames } from "../kit/class-names.ts";

interface RowsProps {
  readonly label: string;
  /** Widths of the columns on a desk, as CSS says them; on a phone each row is a list of its cells. */
  readonly columns: string;
  readonly heads: readonly string[];
  readonly children: ReactNode;
}

/** A table that becomes a list on a phone. */
export function Rows({ label, columns, heads, children }: RowsProps) {
  return (
    <div
      role="table"
      aria-label={label}
      className="border-line border-t"
      style={{ "--columns": columns } as Record<string, string>}
    >
      <div
        role="row"
        className="grid min-h-8 grid-cols-(--columns) items-center gap-x-3 border-line border-b px-4 max-lg:hidden"
      >
        {heads.map((head) => (
          <span key={head} role="columnheader" className="label-12">
            {head}
          </span>
        ))}
      </div>
      {children}
    </div>
  );
}

interface RowProps {
  readonly children: ReactNode;
  /** For tests and for links. */
  readonly name?: string;
  /** The whole row leads somewhere: its first cell holds the button, drawn over the row. */
  readonly opens?: boolean;
}

export function Row({ children, name, opens = false }: RowProps) {
  return (
    <div
      role="row"
      data-row={name}
      className={classNames(
        "relative flex flex-wrap items-center gap-x-3 gap-y-1 border-line border-b px-4 py-2 max-lg:min-h-11 lg:grid lg:min-h-8 lg:grid-cols-(--columns) lg:py-1",
        opens && "hover:bg-surface-2",
      )}
    >
      {children}
    </div>
  );
}

interface CellProps {
  readonly children?: ReactNode;
  readonly className?: string;
  /** Takes a line of its own on a phone. */
  readonly whole?: boolean;
}

export const Cell = ({ children, className, whole = false }: CellProps) => (
  <span
    role="cell"
    className={classNames(
      "min-w-0 wrap-anywhere max-lg:empty:hidden",
      whole && "max-lg:basis-full",
      className,
    )}
  >
    {children}
  </span>
);

/** What a column's head says, before the value, where a phone has no heads. */
export const PhoneHead = ({ children }: { children: ReactNode }) => (
  <span className="pe-1 text-12 text-ink-3 lg:hidden">{children}</span>
);

/** The button that opens its row. */
export const RowButton = ({
  children,
  onClick,
  expanded,
}: {
  children: ReactNode;
  onClick: () => void;
  expanded?: boolean;
}) => (
  <button
    type="button"
    aria-expanded={expanded}
    onClick={onClick}
    className="min-h-6 max-w-full rounded-4 text-left font-medium wrap-anywhere after:absolute after:inset-0"
  >
    {children}
  </button>
);
