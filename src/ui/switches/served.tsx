"use client";

import type { SwitchSpec } from "@leverframe/agent/protocol";
import { useTranslations } from "next-intl";
import { writeJson } from "./json.ts";

const MOST_SHOWN = 4_000;

/** What a degraded answer is made of, in plain words, with the payload as the code gets it. */
export function Served({ strategy, payload }: { strategy: SwitchSpec["strategy"]; payload: unknown }) {
  const t = useTranslations("spec");
  const text = writeJson(payload);
  return (
    <figure className="flex flex-col gap-1" data-testid="served">
      <figcaption className="text-12 text-ink-2">
        {t(payload === undefined ? `served-${strategy}` : `served-${strategy}-with`)}
      </figcaption>
      {payload !== undefined && (
        <pre className="max-h-48 overflow-auto rounded-4 border border-line bg-surface-2 px-2 py-1.5 font-mono text-12 whitespace-pre-wrap wrap-anywhere">
          {text.slice(0, MOST_SHOWN)}
        </pre>
      )}
    </figure>
  );
}
