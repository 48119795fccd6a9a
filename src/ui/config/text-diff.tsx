"use client";

import { MergeView, unifiedMergeView } from "@codemirror/merge";
import { EditorState } from "@codemirror/state";
import { EditorView, lineNumbers } from "@codemirror/view";
import { useTranslations } from "next-intl";
import { useEffect, useRef, useSyncExternalStore } from "react";
import { codeLook, languageOf } from "./code-look.ts";
import type { Format } from "./config-row.ts";

interface TextDiffProps {
  readonly before: string;
  readonly after: string;
  readonly format: Format;
  readonly beforeLabel: string;
  readonly afterLabel: string;
  /** Inline also where there is room. */
  readonly inline?: boolean;
}

const WIDE = "(min-width: 1280px)";
const COLLAPSE = { margin: 3, minSize: 8 };

function useWide(): boolean {
  return useSyncExternalStore(
    (changed) => {
      const media = matchMedia(WIDE);
      media.addEventListener("change", changed);
      return () => media.removeEventListener("change", changed);
    },
    () => matchMedia(WIDE).matches,
    () => true,
  );
}

const readOnly = (format: Format, label: string, unchanged: string) => [
  EditorState.phrases.of({ "$ unchanged lines": unchanged }),
  languageOf(format),
  codeLook,
  lineNumbers(),
  EditorView.lineWrapping,
  EditorState.readOnly.of(true),
  EditorView.editable.of(false),
  EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0" }),
];

/** Two texts and what differs: side by side where there is room, else one below the other. Equal parts are folded. */
export function TextDiff({ before, after, format, beforeLabel, afterLabel, inline = false }: TextDiffProps) {
  const unchanged = useTranslations("config.review")("unchanged");
  const place = useRef<HTMLDivElement>(null);
  const beside = useWide() && !inline;
  useEffect(() => {
    const parent = place.current;
    if (!parent) return;
    if (beside) {
      const view = new MergeView({
        a: { doc: before, extensions: readOnly(format, beforeLabel, unchanged) },
        b: { doc: after, extensions: readOnly(format, afterLabel, unchanged) },
        parent,
        collapseUnchanged: COLLAPSE,
        gutter: true,
      });
      return () => view.destroy();
    }
    const view = new EditorView({
      parent,
      doc: after,
      extensions: [
        readOnly(format, afterLabel, unchanged),
        unifiedMergeView({
          original: before,
          mergeControls: false,
          gutter: true,
          collapseUnchanged: COLLAPSE,
          syntaxHighlightDeletions: false,
        }),
      ],
    });
    return () => view.destroy();
  }, [before, after, format, beforeLabel, afterLabel, beside, unchanged]);
  return (
    <div className="flex min-w-0 flex-col">
      <div className={beside ? "grid grid-cols-2 gap-2 pb-1" : "flex gap-2 pb-1"}>
        <span className="label-12 truncate">{beforeLabel}</span>
        <span className="label-12 truncate">
          {!beside && "→ "}
          {afterLabel}
        </span>
      </div>
      <div
        ref={place}
        data-testid="text-diff"
        className="max-h-[56dvh] min-w-0 overflow-auto rounded-4 border border-line"
      />
    </div>
  );
}
