"use client";

import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { LeverGlyph, type LeverMarks } from "../kit/lever.tsx";
import { Sheet } from "../kit/sheet.tsx";
import { PasteLine } from "../kit/states.tsx";
import { ALL_SECTIONS } from "./sections.ts";

const KEYS = [
  ["Ctrl K, ⌘ K", "palette"],
  ["/", "search"],
  ["Space", "open"],
  ["↑ ↓", "move"],
  ["x, ⇧ ↑ ↓", "pick"],
  ["Esc", "close"],
  ["?", "help"],
] as const;

const LEGEND = [
  ["normal", { position: "NORMAL", proof: "proved" }],
  ["degraded", { position: "DEGRADED", proof: "proved" }],
  ["striped", { position: "DEGRADED", proof: "waiting" }],
  ["hatched", { position: "DEGRADED", proof: "partial" }],
] as const satisfies readonly (readonly [string, LeverMarks])[];

/** The keys, and how to read the two pictures that everything here is made of. */
export function Help({ onClose }: { onClose: () => void }) {
  const t = useTranslations("help");
  const navigation = useTranslations("navigation");
  return (
    <Sheet title={t("title")} description={t("description")} onClose={onClose}>
      <h3 className="label-12 pb-1">{t("keys")}</h3>
      <dl className="flex flex-col">
        {KEYS.map(([key, label]) => (
          <KeyLine key={key} keys={key}>
            {t(label)}
          </KeyLine>
        ))}
        {ALL_SECTIONS.map(({ key, label }) => (
          <KeyLine key={key} keys={`g ${key}`}>
            {t("goTo", { section: navigation(label) })}
          </KeyLine>
        ))}
      </dl>
      <h3 className="label-12 pt-6 pb-1">{t("legend")}</h3>
      <ul className="flex flex-col">
        {LEGEND.map(([label, marks]) => (
          <li key={label} className="flex min-h-9 items-center gap-4 border-line border-b py-1">
            <span className="flex w-28 shrink-0">
              <LeverGlyph {...marks} />
            </span>
            {t(label)}
          </li>
        ))}
      </ul>
      <p className="pt-6 pb-2 text-ink-2">{t("commandLine")}</p>
      <PasteLine line="npx leverframe --help" />
    </Sheet>
  );
}

function KeyLine({ keys, children }: { keys: string; children: ReactNode }) {
  return (
    <div className="flex h-9 items-center gap-4 border-line border-b">
      <dt className="flex w-28 shrink-0 gap-1.5">
        {keys.split(", ").map((key) => (
          <kbd
            key={key}
            className="rounded-4 border border-line bg-surface-2 px-1.5 py-0.5 font-mono text-12"
          >
            {key}
          </kbd>
        ))}
      </dt>
      <dd>{children}</dd>
    </div>
  );
}
