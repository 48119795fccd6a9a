"use client";

import { Callout } from "../kit/callout.tsx";
import { PasteLine } from "../kit/states.tsx";

/** A secret that is shown this once, to be copied now. */
export function ShownOnce({ title, detail, text }: { title: string; detail: string; text: string }) {
  return (
    <Callout tone="warning" role="status" title={title}>
      <div className="flex flex-col gap-2" data-testid="shown-once">
        <p>{detail}</p>
        <PasteLine line={text} />
      </div>
    </Callout>
  );
}
