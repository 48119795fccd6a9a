import { Fragment, type ReactNode } from "react";

interface MarkedProps {
  readonly text: string;
  /** Places in the text, [from, to) each, in order. */
  readonly marks: readonly (readonly [from: number, to: number])[];
}

/** A text with what was asked for in bold and underlined; no colour, since it is no deviation. */
export function Marked({ text, marks }: MarkedProps) {
  const parts: ReactNode[] = [];
  let at = 0;
  for (const [from, to] of marks) {
    parts.push(<Fragment key={`t${from}`}>{text.slice(at, from)}</Fragment>);
    parts.push(
      <mark
        key={`m${from}`}
        className="bg-transparent font-semibold text-ink underline decoration-ink-3 underline-offset-2"
      >
        {text.slice(from, to)}
      </mark>,
    );
    at = to;
  }
  return (
    <>
      {parts}
      {text.slice(at)}
    </>
  );
}
