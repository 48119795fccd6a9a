"use client";

import { type ReactNode, useId } from "react";
import { classNames } from "./class-names.ts";

interface SegmentedProps<Value extends string> {
  readonly label: string;
  readonly value: Value;
  readonly options: readonly {
    readonly value: Value;
    readonly label: ReactNode;
    readonly className?: string;
  }[];
  readonly onChange: (value: Value) => void;
  readonly disabled?: boolean;
  /** `large`: the choice that a sheet is about. */
  readonly size?: "small" | "large";
}

/** One of a few, all in sight: radio buttons in one row. Arrow keys move, as in every radio group. */
export function Segmented<Value extends string>(props: SegmentedProps<Value>) {
  const { label, value, options, onChange, disabled = false, size = "small" } = props;
  const name = useId();
  return (
    <div
      role="radiogroup"
      aria-label={label}
      aria-disabled={disabled || undefined}
      className={classNames(
        "inline-flex rounded-4 border border-ink-3 bg-surface-1 p-px",
        size === "large" ? "h-12 w-full" : "h-8 max-md:h-12",
        disabled && "opacity-60",
      )}
    >
      {options.map((option) => (
        <label
          key={option.value}
          className={classNames(
            "relative flex flex-1 items-center justify-center gap-2 whitespace-nowrap rounded-[3px] px-2.5 has-focus-visible:outline-2 has-focus-visible:outline-accent",
            option.value === value ? "bg-ink font-medium text-surface-0" : "text-ink-2 hover:bg-surface-2",
            option.className,
          )}
        >
          <input
            type="radio"
            disabled={disabled}
            name={name}
            value={option.value}
            checked={option.value === value}
            onChange={() => onChange(option.value)}
            data-autofocus={size === "large" && option.value === value ? "" : undefined}
            className="absolute inset-0 z-10 cursor-pointer appearance-none outline-none"
          />
          {option.label}
        </label>
      ))}
    </div>
  );
}
