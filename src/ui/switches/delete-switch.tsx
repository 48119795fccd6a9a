"use client";

import { useTranslations } from "next-intl";
import { formatRef } from "../api/ref.ts";
import { useAddress } from "../frame/address.ts";
import { Button } from "../kit/button.tsx";
import { bodyOf } from "../tray/tray-edit.ts";
import { useTray } from "../tray/use-tray.ts";
import type { SwitchRow } from "./switch-row.ts";

/** Takes a switch away: through the tray, where its deletion is reviewed, confirmed and given a reason. */
export function DeleteSwitch({
  env,
  row,
  refused,
}: {
  env: string;
  row: SwitchRow;
  /** Why it can't be, where it can't. */
  refused: string | undefined;
}) {
  const t = useTranslations("sheet");
  const { add } = useTray(env);
  const { go } = useAddress();
  const { service, kind, name, revision } = row;
  return (
    <details>
      <summary className="cursor-pointer rounded-4 text-13 text-ink-2 max-md:py-3">{t("delete")}</summary>
      <div className="mt-3 flex flex-col items-start gap-3 border-line border-l ps-3">
        <p className="text-ink-2">{t("deleteDetail", { count: row.readers.declared })}</p>
        <Button
          className="max-w-full min-w-0"
          disabled={refused !== undefined}
          title={refused}
          onClick={() => {
            add({
              edit: { service, kind, name, op: "delete", baseRevision: revision },
              base: bodyOf(row),
              editor: { address: `/switches?env=${env}&lever=${formatRef(row)}` },
            });
            go({ tray: "1", lever: null });
          }}
        >
          <span className="truncate">{t("deleteAction", { name })}</span>
        </Button>
      </div>
    </details>
  );
}
