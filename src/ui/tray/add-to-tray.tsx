"use client";

import { Inbox } from "lucide-react";
import { useTranslations } from "next-intl";
import { useAddress } from "../frame/address.ts";
import { Button } from "../kit/button.tsx";
import { useMayIn } from "../session/rights.ts";
import { keyOf, type TrayEdit } from "./tray-edit.ts";
import { useTray } from "./use-tray.ts";

interface AddToTrayProps {
  readonly env: string;
  /** What would be added; undefined while it can't be: the button is then greyed, and `why` says so. */
  readonly edit: TrayEdit | undefined;
  readonly why?: string | undefined;
  /** What its author gave as a reason here: the tray's, where it has none yet. */
  readonly reason?: string;
  /** Once it is in the tray: its editor lets go of its draft. */
  readonly onAdded?: () => void;
}

/** Beside a "Publish": the same edit goes into the tray, to be published with others as one revision. */
export function AddToTray({ env, edit, why, reason = "", onAdded }: AddToTrayProps) {
  const t = useTranslations("tray");
  const needsOperator = useTranslations("publish")("needsOperator");
  const tray = useTray(env);
  const may = useMayIn("operator", env, edit === undefined ? [] : [edit.edit.service]);
  const replaces = edit !== undefined && tray.edits.some((entry) => keyOf(entry) === keyOf(edit));
  return (
    <Button
      disabled={edit === undefined || !may}
      title={may ? (why ?? t("addHint")) : needsOperator}
      onClick={() => {
        if (edit === undefined) return;
        tray.add(edit);
        tray.change((before) => (before.reason.trim() === "" ? { ...before, reason } : before));
        onAdded?.();
      }}
    >
      <Inbox size={14} aria-hidden />
      {replaces ? t("replace") : t("add")}
    </Button>
  );
}

/** In an editor whose lever waits in the tray: says so, and opens it. */
export function InTray({
  env,
  lever,
}: {
  env: string;
  lever: { service: string; kind: string; name: string };
}) {
  const t = useTranslations("tray");
  const { go } = useAddress();
  const { has } = useTray(env);
  if (!has(lever)) return null;
  return (
    <p
      role="status"
      className="flex flex-wrap items-center gap-x-2 border-pending border-l-2 ps-3 text-ink-2"
      data-testid="in-tray"
    >
      <Inbox size={14} className="shrink-0 text-pending" aria-hidden />
      {t("inTray")}
      <button
        type="button"
        className="min-h-6 rounded-4 text-accent underline max-md:min-h-11"
        onClick={() => go({ tray: "1" })}
      >
        {t("open")}
      </button>
    </p>
  );
}
