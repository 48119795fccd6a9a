"use client";

import { useTranslations } from "next-intl";
import { LeverGlyph, type LeverMarks } from "../kit/lever.tsx";
import { Sheet } from "../kit/sheet.tsx";
import { PasteLine } from "../kit/states.tsx";

const KEYS = [
  ["/", "search"],
  ["g s", "switches"],
  ["g f", "services"],
  ["Space", "open"],
  ["↑ ↓", "move"],
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
  return (
    <Sheet title={t("title")} description={t("description")} onClose={onClose}>
      <h3 className="label-12 pb-1">{t("keys")}</h3>
      <dl className="flex flex-col">
        {KEYS.map(([key, label]) => (
          <div key={key} className="flex h-9 items-center gap-4 border-line border-b">
            <dt className="w-16">
              <kbd className="rounded-4 border border-line bg-surface-2 px-1.5 py-0.5 font-mono text-12">
                {key}
              </kbd>
            </dt>
            <dd>{t(label)}</dd>
          </div>
        ))}
      </dl>
      <h3 className="label-12 pt-6 pb-1">{t("legend")}</h3>
      <ul className="flex flex-col">
        {LEGEND.map(([label, marks]) => (
          <li key={label} className="flex min-h-9 items-center gap-4 border-line border-b py-1">
            <span className="flex w-16 shrink-0">
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
