"use client";

import { useTranslations } from "next-intl";
import type { FaultKind } from "../../domain/traces/faults.ts";
import type { Trace } from "../../domain/traces/tree.ts";
import { Callout } from "../kit/callout.tsx";

export const FAULT_WORDS = {
  "missing parent": "missingParent",
  cycle: "cycle",
  "same id": "sameId",
  "clock skew": "clockSkew",
  "before parent": "beforeParent",
  "negative duration": "negative",
} as const satisfies Record<FaultKind, string>;

/** What is wrong with a trace, in words, each with the way to the first span that has it. */
export function TraceFaults({ trace, onShow }: { trace: Trace; onShow: (row: number) => void }) {
  const t = useTranslations("traces");
  const partial = trace.rows.filter(({ span }) => span.partial).length;
  if (trace.faults.size === 0 && partial === 0 && !trace.cut) return null;
  return (
    <div className="px-4 pb-3" data-testid="faults">
      <Callout tone={trace.faults.size > 0 || trace.cut ? "warning" : "plain"} title={t("fault.title")}>
        <ul className="flex flex-col gap-0.5">
          {trace.cut && <li>{t("fault.cut", { count: trace.rows.length })}</li>}
          {[...trace.faults].map(([kind, count]) => (
            <li key={kind} data-fault={kind}>
              {t(`fault.${FAULT_WORDS[kind]}`, { count })}{" "}
              <button
                type="button"
                className="text-accent underline"
                onClick={() =>
                  onShow(trace.rows.findIndex(({ faults }) => faults.some((one) => one.kind === kind)))
                }
              >
                {t("fault.show")}
              </button>
            </li>
          ))}
          {partial > 0 && <li>{t("fault.partial", { count: partial })}</li>}
        </ul>
      </Callout>
    </div>
  );
}
