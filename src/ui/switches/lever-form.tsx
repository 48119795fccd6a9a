"use client";

import { useEffect, useId, useRef } from "react";
import { createPortal } from "react-dom";
import type { LeverDetail } from "../api/contract.ts";
import { InTray } from "../tray/add-to-tray.tsx";
import { ConflictView } from "./conflict-view.tsx";
import { LeverFields } from "./lever-fields.tsx";
import { LeverProof } from "./lever-proof.tsx";
import { PublishAction } from "./publish-action.tsx";
import { Scheduled } from "./scheduled.tsx";
import type { SwitchRow } from "./switch-row.ts";
import { useLeverEdit } from "./use-lever-edit.ts";

interface LeverFormProps {
  readonly env: string;
  readonly row: SwitchRow;
  readonly detail: LeverDetail | undefined;
  /** Where the action goes: it stays in sight at the sheet's foot. */
  readonly footer: HTMLElement | null;
}

/** The proof of the last change, and the next one: drafted, reviewed, published, proved. */
export function LeverForm({ env, row, detail, footer }: LeverFormProps) {
  const formId = useId();
  const top = useRef<HTMLDivElement>(null);
  const edit = useLeverEdit(env, row);
  const { state, theirs, planned, base } = edit;
  useEffect(() => {
    if (state.phase === "published") top.current?.scrollIntoView({ block: "start" });
  }, [state.phase]);
  const taken = state.phase === "published" ? state : undefined;
  const scheduledAt = taken?.result.scheduledAt;
  return (
    <div ref={top} className="flex scroll-mt-4 flex-col gap-6">
      {scheduledAt !== undefined && <Scheduled env={env} at={scheduledAt} />}
      <LeverProof
        env={env}
        row={row}
        reports={detail?.reports}
        published={
          taken && scheduledAt === undefined ? { id: taken.id, revision: taken.result.revision } : undefined
        }
      />
      <InTray env={env} lever={row} />
      {theirs && planned.ok ? (
        <ConflictView
          base={base.spec}
          row={theirs}
          yours={planned.spec}
          onTakeTheirs={edit.takeTheirs}
          onRebase={edit.rebaseMine}
        />
      ) : (
        <LeverFields id={formId} env={env} row={row} detail={detail} edit={edit} />
      )}
      {footer &&
        !theirs &&
        createPortal(
          <PublishAction
            env={env}
            formId={formId}
            name={row.name}
            edit={edit}
            reached={detail?.reaches.length ?? 0}
          />,
          footer,
        )}
    </div>
  );
}
