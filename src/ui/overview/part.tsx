import { type ReactNode, useId } from "react";

interface PartProps {
  readonly title: string;
  readonly pending?: boolean;
  /** Said in place of the rest, where there is nothing. */
  readonly nothing?: string | undefined;
  readonly children: ReactNode;
}

/** A part of the overview, with its heading. */
export function Part({ title, pending = false, nothing, children }: PartProps) {
  const id = useId();
  return (
    <section aria-labelledby={id} className="min-w-0 pb-6">
      <h2 id={id} className="label-12 border-line border-t pt-3 pb-1">
        {title}
      </h2>
      {pending ? (
        <div className="flex flex-col gap-3 py-2">
          <p className="skeleton h-4 w-64 max-w-full" />
          <p className="skeleton h-4 w-48 max-w-full" />
        </div>
      ) : nothing === undefined ? (
        children
      ) : (
        <p className="py-1 text-ink-2">{nothing}</p>
      )}
    </section>
  );
}
