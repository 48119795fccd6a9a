"use client";

import { Callout } from "../kit/callout.tsx";
import { FailureWords } from "../switches/failure-words.tsx";

/** What went wrong, beside the control that it belongs to; nothing while nothing did. */
export function FailureNote({ title, error }: { title: string; error: unknown }) {
  if (error === null || error === undefined) return null;
  return (
    <Callout tone="failed" role="alert" title={title}>
      <FailureWords error={error} />
    </Callout>
  );
}
