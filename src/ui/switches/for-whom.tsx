"use client";

import { useTranslations } from "next-intl";
import type { LeverDetail } from "../api/contract.ts";
import { typedOf } from "./audience.ts";
import { AudienceEditor } from "./audience-editor.tsx";
import { rolloutOf } from "./share-draft.ts";
import { ShareFields } from "./share-fields.tsx";
import type { SwitchRow } from "./switch-row.ts";
import { TryOn } from "./try-on.tsx";
import type { LeverEdit } from "./use-lever-edit.ts";

interface ForWhomProps {
  readonly env: string;
  readonly row: SwitchRow;
  readonly detail: LeverDetail | undefined;
  readonly edit: LeverEdit;
}

/** For how many and for whom a switch is degraded, and a context to try it on. */
export function ForWhom({ env, row, detail, edit }: ForWhomProps) {
  const t = useTranslations("audience");
  const { draft, base, plan, audience, busy } = edit;
  const typed = draft.edits.audience ?? (base.spec.audience ?? []).map(typedOf);
  const instances = (detail?.reaches ?? []).map(({ instance }) => instance);
  return (
    <div className="mt-3 flex flex-col gap-5 border-line border-l ps-3">
      <ShareFields env={env} row={row} detail={detail} edit={edit} />
      <AudienceEditor
        audience={typed}
        faults={audience.faults}
        disabled={busy}
        onChange={(next) => edit.type({ audience: next })}
      />
      {plan.spec.ok && audience.good ? (
        <TryOn
          instances={instances}
          resource={
            plan.share === undefined
              ? { spec: plan.spec.spec, rollout: row.rollout }
              : { spec: base.spec, rollout: rolloutOf(plan.share, plan.spec.spec) }
          }
        />
      ) : (
        <p className="text-12 text-ink-3">{t("tryMend")}</p>
      )}
    </div>
  );
}
