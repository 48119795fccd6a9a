"use client";

import { type ComponentProps, type ReactNode, useId } from "react";
import { classNames } from "./class-names.ts";

interface FieldProps {
  readonly label: ReactNode;
  /** Says what to write; stays visible. */
  readonly hint?: ReactNode;
  /** Says what is wrong and what would be right. */
  readonly error?: string | undefined;
  readonly children: (control: {
    readonly id: string;
    readonly "aria-describedby": string | undefined;
    readonly "aria-invalid": boolean;
  }) => ReactNode;
}

/** A control with its label, hint and error, tied together for assistive technology. */
export function Field({ label, hint, error, children }: FieldProps) {
  const id = useId();
  const noteId = `${id}-note`;
  return (
    <div className="flex flex-col gap-1">
      <label htmlFor={id} className="font-medium text-12 text-ink-2 first-letter:uppercase">
        {label}
      </label>
      {children({
        id,
        "aria-describedby": hint || error ? noteId : undefined,
        "aria-invalid": error !== undefined,
      })}
      {(error ?? hint) && (
        <p id={noteId} className={classNames("text-12", error ? "text-failed" : "text-ink-3")}>
          {error ?? hint}
        </p>
      )}
    </div>
  );
}

const CONTROL =
  "w-full rounded-4 border border-ink-3 bg-surface-1 px-2 text-13 text-ink placeholder:text-ink-3 aria-invalid:border-failed disabled:opacity-60 max-md:text-16";

export const TextInput = ({ className, ...rest }: ComponentProps<"input">) => (
  <input
    type="text"
    autoComplete="off"
    className={classNames(CONTROL, "h-8 max-md:h-11", className)}
    {...rest}
  />
);

export const TextArea = ({ className, ...rest }: ComponentProps<"textarea">) => (
  <textarea className={classNames(CONTROL, "py-1.5", className)} {...rest} />
);

/** The browser's own list: the one that works under a thumb and with every reader. */
export const SelectInput = ({ className, ...rest }: ComponentProps<"select">) => (
  <select className={classNames(CONTROL, "h-8 max-md:h-11", className)} {...rest} />
);
