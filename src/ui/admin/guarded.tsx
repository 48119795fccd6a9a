"use client";

import { type ComponentProps, useId } from "react";
import { Button } from "../kit/button.tsx";

/** A button that is greyed, with the reason beside it, for whom it is not. */
export function Guarded({
  whyNot,
  disabled,
  ...rest
}: ComponentProps<typeof Button> & { readonly whyNot: string | undefined }) {
  const id = useId();
  return (
    <span className="inline-flex max-w-full flex-wrap items-center gap-x-3 gap-y-1">
      <Button
        {...rest}
        disabled={disabled === true || whyNot !== undefined}
        aria-describedby={whyNot === undefined ? undefined : id}
      />
      {whyNot !== undefined && (
        <span id={id} className="text-12 text-ink-3">
          {whyNot}
        </span>
      )}
    </span>
  );
}
