"use client";

import { classNames } from "../kit/class-names.ts";

interface PickProps {
  readonly label: string;
  readonly picked: boolean;
  /** Some of what it stands for, not all. */
  readonly mixed?: boolean;
  /** Why it can't be picked. */
  readonly refused?: string | undefined;
  readonly className?: string;
  readonly onPick: (picked: boolean, range: boolean) => void;
}

/** The box that picks a row, or a group of them, for a pull of many. It lies over the row, whose own click opens it. */
export function Pick({ label, picked, mixed = false, refused, className, onPick }: PickProps) {
  return (
    <label
      title={refused ?? label}
      className={classNames(
        "relative z-10 inline-flex select-none size-6 shrink-0 items-center justify-center max-xl:size-11",
        refused === undefined ? "cursor-pointer" : "cursor-not-allowed opacity-50",
        className,
      )}
    >
      <input
        type="checkbox"
        aria-label={label}
        disabled={refused !== undefined}
        checked={picked}
        ref={(box) => {
          if (box) box.indeterminate = mixed;
        }}
        onChange={(event) =>
          onPick(event.target.checked, event.nativeEvent instanceof MouseEvent && event.nativeEvent.shiftKey)
        }
        className="size-4 accent-(--accent)"
      />
    </label>
  );
}
