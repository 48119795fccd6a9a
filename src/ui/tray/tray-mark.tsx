"use client";

import { Inbox } from "lucide-react";
import { useTranslations } from "next-intl";
import { Suspense } from "react";
import { useAddress } from "../frame/address.ts";
import { classNames } from "../kit/class-names.ts";
import { lazyPart } from "../lazy-part.tsx";
import { useTray } from "./use-tray.ts";

const TraySheet = lazyPart(() => import("./tray-sheet.tsx").then((module) => module.TraySheet));

/** "Tray 3" where edits wait, on every page, and the tray itself where the address asks for it. */
export function TrayMark({ env, inverted = false }: { env: string; inverted?: boolean }) {
  const t = useTranslations("trayMark");
  const { search, go } = useAddress();
  const { count, state } = useTray(env);
  const open = search.get("tray") === "1";
  const waits = count > 0 || state.sent !== undefined;
  return (
    <>
      {(waits || open) && (
        <button
          type="button"
          data-testid="tray-mark"
          aria-haspopup="dialog"
          onClick={() => go({ tray: "1" })}
          className={classNames(
            "inline-flex h-7 shrink-0 items-center gap-1.5 rounded-4 border px-2 font-medium text-12 tabular-nums max-md:h-9",
            inverted
              ? "border-surface-0/50 text-surface-0 outline-surface-0!"
              : "border-ink-3 text-ink hover:bg-surface-1",
          )}
        >
          <Inbox size={14} aria-hidden />
          {count > 0 ? t("mark", { count }) : state.sent === undefined ? t("empty") : t("done")}
        </button>
      )}
      {open && (
        <Suspense>
          <TraySheet key={env} env={env} onClose={() => go({ tray: null })} />
        </Suspense>
      )}
    </>
  );
}
