import type { ReactNode } from "react";

/** One kind of part with its states. */
export function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="flex flex-col gap-3">
      <h2 className="border-line border-b pb-1 font-semibold text-14">{title}</h2>
      {children}
    </section>
  );
}
