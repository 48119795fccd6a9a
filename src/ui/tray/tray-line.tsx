"use client";

import { X } from "lucide-react";
import { useTranslations } from "next-intl";
import type { DryRun } from "../api/contract.ts";
import { formatRef } from "../api/ref.ts";
import { isLongText, useDiffWords } from "../changes/diff-words.ts";
import { readable } from "../changes/leaves.ts";
import { DiffBox } from "../config/diff-box.tsx";
import { giveDraft } from "../drafts.ts";
import { PageLink } from "../frame/page-link.tsx";
import { IconButton } from "../kit/button.tsx";
import { Callout } from "../kit/callout.tsx";
import { DiffKeys } from "../kit/diff.tsx";
import { diffOf, type EditDiff } from "./edit-diff.ts";
import type { Moved } from "./moved.ts";
import { TrayConflict } from "./tray-conflict.tsx";
import type { TrayEdit } from "./tray-edit.ts";
import type { TrayReview } from "./use-tray-review.ts";

interface TrayLineProps {
  readonly entry: TrayEdit;
  /** The lever as somebody else left it meanwhile. */
  readonly theirs: Moved | undefined;
  readonly dry: DryRun | undefined;
  readonly review: TrayReview;
}

/** One edit in the tray: a plain sentence, then by key; the way back into its editor, and out of the tray. */
export function TrayLine({ entry, theirs, dry, review }: TrayLineProps) {
  const t = useTranslations("tray");
  const words = useDiffWords();
  const { tray } = review;
  const diff = shownDiff(entry, dry);
  const name = formatRef(entry.edit);
  const reopen = () => {
    const { draft } = entry.editor;
    if (draft) giveDraft(draft.name, draft.value);
    tray.remove(entry.edit);
  };
  return (
    <li className="flex flex-col gap-2 border-line border-b py-2.5" data-tray-edit={name}>
      <div className="flex items-start gap-1">
        <div className="min-w-0 flex-1">
          <p className="label-12 truncate">
            {entry.edit.kind} · {words.where(entry.edit)}
          </p>
          {!entry.lost && theirs === undefined && (
            <p className="font-semibold text-14 wrap-anywhere" data-testid="diff-sentence">
              {words.sentence(diff)}
            </p>
          )}
        </div>
        <PageLink
          href={entry.editor.address}
          onClick={reopen}
          className="inline-flex h-8 items-center rounded-4 px-2 text-13 text-accent max-md:h-11"
          aria-label={t("editOne", { name })}
        >
          {t("edit")}
        </PageLink>
        <IconButton label={t("discardOne", { name })} onClick={() => tray.remove(entry.edit)}>
          <X size={14} />
        </IconButton>
      </div>
      {entry.lost ? (
        <Callout tone="warning" title={t("lostTitle", { name: words.name(entry.edit) })}>
          {t("lostDetail")}
        </Callout>
      ) : theirs ? (
        <TrayConflict entry={entry} theirs={theirs} review={review} />
      ) : (
        <>
          <DiffKeys changes={keysOf(words, diff)} />
          {hasText(entry) && (
            <DiffBox
              inline
              before={textOf(entry.base?.["spec"])}
              after={textOf(entry.edit.spec)}
              format={formatOf(entry.edit.spec)}
              beforeLabel={t("now")}
              afterLabel={t("yours")}
            />
          )}
        </>
      )}
    </li>
  );
}

/** A secret's new value is known by its fingerprint alone, and that the control plane gives. */
function shownDiff(entry: TrayEdit, dry: DryRun | undefined): EditDiff {
  const found =
    entry.edit.secret === true
      ? dry?.diffs.find(({ ref }) => formatRef(ref) === formatRef(entry.edit))
      : undefined;
  return found === undefined ? diffOf(entry) : { ...found, entries: readable(found.entries) };
}

/** Where the sentence says all, it is not said twice; a text stands below, line by line. */
function keysOf(words: ReturnType<typeof useDiffWords>, diff: EditDiff) {
  const [only, ...others] = diff.entries;
  if (diff.op === "delete" || (others.length === 0 && only?.path === "spec.position")) return [];
  const short = diff.entries.filter(({ before, after }) => !isLongText(before) && !isLongText(after));
  return words.keys({ ...diff, entries: short });
}

const fieldsOf = (spec: unknown): { readonly value?: unknown; readonly format?: unknown } =>
  typeof spec === "object" && spec !== null ? spec : {};
const textOf = (spec: unknown): string => {
  const { value } = fieldsOf(spec);
  return typeof value === "string" ? value : "";
};
const FORMATS = ["json", "yaml", "properties", "text", "flag"] as const;
const formatOf = (spec: unknown) => FORMATS.find((known) => known === fieldsOf(spec).format) ?? "text";

const hasText = ({ edit, base }: TrayEdit): boolean =>
  edit.kind === "config" &&
  edit.op === "put" &&
  edit.secret !== true &&
  textOf(base?.["spec"]) !== textOf(edit.spec);
