import type { ComponentProps } from "react";
import { classNames } from "./class-names.ts";

const TONES = {
  /** The one action of a view. */
  primary: "bg-accent text-on-accent border-accent hover:not-disabled:brightness-110",
  plain: "bg-surface-1 text-ink border-ink-3 hover:not-disabled:bg-surface-2",
  quiet: "border-transparent text-ink-2 hover:not-disabled:bg-surface-2 hover:not-disabled:text-ink",
  /** Says what it will degrade. */
  degrade: "bg-degraded text-surface-0 border-degraded hover:not-disabled:brightness-110",
} as const;

type ButtonProps = ComponentProps<"button"> & { readonly tone?: keyof typeof TONES };

/** A button of the kit: 32 px, 44 px under a finger. */
export function Button({ tone = "plain", className, type = "button", ...rest }: ButtonProps) {
  return (
    <button
      type={type}
      className={classNames(
        "inline-flex h-8 items-center justify-center gap-2 whitespace-nowrap rounded-4 border px-3 font-medium text-13 disabled:opacity-50 max-md:h-11",
        TONES[tone],
        className,
      )}
      {...rest}
    />
  );
}

/** A button that shows only a picture; `label` names it. */
export function IconButton({
  label,
  className,
  ...rest
}: ComponentProps<"button"> & { readonly label: string }) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      className={classNames(
        "inline-flex size-8 items-center justify-center rounded-4 text-ink-2 hover:bg-surface-2 hover:text-ink max-md:size-11",
        className,
      )}
      {...rest}
    />
  );
}
