"use client";

import { Check, Copy } from "lucide-react";
import { useTranslations } from "next-intl";
import { type ReactNode, useState } from "react";
import { Button, IconButton } from "./button.tsx";
import { Callout } from "./callout.tsx";

/** Nothing here yet: says the next step and gives the line to paste. */
export function Empty({ title, children, line }: { title: string; children?: ReactNode; line?: string }) {
  return (
    <div className="flex flex-col items-start gap-2 px-4 py-8">
      <p className="font-semibold text-14">{title}</p>
      {children && <div className="max-w-prose text-ink-2">{children}</div>}
      {line && <PasteLine line={line} />}
    </div>
  );
}

/** A line to paste into a terminal or a file, with a button that copies it. */
export function PasteLine({ line }: { line: string }) {
  const t = useTranslations("kit");
  const [copied, setCopied] = useState(false);
  return (
    <div className="flex max-w-full items-center gap-1 self-start rounded-4 border border-line bg-surface-2 ps-3">
      <pre className="min-w-0 py-1.5 font-mono text-12 whitespace-pre-wrap wrap-anywhere">
        <code>{line}</code>
      </pre>
      <IconButton
        label={copied ? t("copied") : t("copy")}
        onClick={() => void navigator.clipboard.writeText(line).then(() => setCopied(true))}
      >
        {copied ? <Check size={14} /> : <Copy size={14} />}
      </IconButton>
    </div>
  );
}

/** It failed: says what happened, what to do, and offers to do it. */
export function Failed({
  title,
  children,
  onRetry,
}: {
  title: string;
  children?: ReactNode;
  onRetry?: () => void;
}) {
  const t = useTranslations("kit");
  return (
    <div className="max-w-prose px-4 py-4">
      <Callout tone="failed" title={title} role="alert">
        <div className="flex flex-col items-start gap-2">
          {children}
          {onRetry && <Button onClick={onRetry}>{t("again")}</Button>}
        </div>
      </Callout>
    </div>
  );
}

/** Rows of the table's own height, so that nothing moves when the data comes. */
export function SkeletonRows({ rows, label }: { rows: number; label: string }) {
  return (
    <div role="status" aria-label={label}>
      {Array.from({ length: rows }, (_, index) => index).map((index) => (
        <div key={index} className="flex h-8 items-center gap-4 border-line border-b px-4 max-lg:h-20">
          <span className="skeleton h-5 w-9" />
          <span className="skeleton h-3 w-40" />
          <span className="skeleton ms-auto h-3 w-24" />
        </div>
      ))}
    </div>
  );
}
