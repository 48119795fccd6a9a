import { json } from "@codemirror/lang-json";
import { yaml } from "@codemirror/lang-yaml";
import { HighlightStyle, StreamLanguage, syntaxHighlighting } from "@codemirror/language";
import { properties } from "@codemirror/legacy-modes/mode/properties";
import type { Extension } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import type { Format } from "./config-row.ts";

/** The reader of a format, for colours and indentation. */
export function languageOf(format: Format): Extension {
  switch (format) {
    case "json":
    case "flag":
      return json();
    case "yaml":
      return yaml();
    case "properties":
      return StreamLanguage.define(properties);
    case "text":
      return [];
  }
}

/** Ink alone: colour means deviation here, too. */
const inks = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: "var(--ink)", fontWeight: "500" },
  { tag: [tags.string, tags.content], color: "var(--ink-2)" },
  { tag: [tags.number, tags.bool, tags.null, tags.keyword], color: "var(--ink)" },
  { tag: [tags.comment, tags.meta], color: "var(--ink-3)", fontStyle: "italic" },
  { tag: [tags.punctuation, tags.separator, tags.bracket], color: "var(--ink-3)" },
]);

const theme = EditorView.theme({
  "&": { backgroundColor: "var(--surface-1)", color: "var(--ink)", fontSize: "13px" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--font-mono)", lineHeight: "20px" },
  ".cm-content": { caretColor: "var(--ink)", paddingBlock: "8px" },
  ".cm-cursor, .cm-dropCursor": { borderLeftColor: "var(--ink)" },
  ".cm-gutters": { backgroundColor: "var(--surface-1)", color: "var(--ink-3)", border: "none" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "var(--surface-2)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "color-mix(in oklch, var(--accent) 30%, transparent)",
  },
  ".cm-matchingBracket, &.cm-focused .cm-matchingBracket": {
    backgroundColor: "transparent",
    outline: "1px solid var(--ink-3)",
  },
  ".cm-lintRange-error": {
    backgroundImage: "none",
    textDecoration: "underline wavy var(--failed)",
    textUnderlineOffset: "3px",
  },
  ".cm-lint-marker-error": {
    content: "none",
    backgroundColor: "var(--failed)",
    width: "6px",
    height: "14px",
  },
  ".cm-tooltip": {
    backgroundColor: "var(--surface-1)",
    color: "var(--ink)",
    border: "1px solid var(--line)",
    borderRadius: "4px",
  },
  ".cm-diagnostic-error": { borderLeftColor: "var(--failed)" },
  ".cm-panels": { backgroundColor: "var(--surface-2)", color: "var(--ink)" },
  ".cm-panels.cm-panels-bottom": { borderTop: "1px solid var(--line)" },
  ".cm-foldPlaceholder": {
    backgroundColor: "var(--surface-2)",
    border: "1px solid var(--line)",
    color: "var(--ink-2)",
  },
  // What a diff takes out is struck through and what it adds stands bold: neither needs its colour to be read.
  "&.cm-merge-a .cm-changedLine, .cm-deletedChunk": {
    backgroundColor: "color-mix(in oklch, var(--failed) 9%, transparent)",
  },
  "&.cm-merge-b .cm-changedLine, .cm-inlineChangedLine": {
    backgroundColor: "color-mix(in oklch, var(--candidate) 11%, transparent)",
  },
  "&.cm-merge-a .cm-changedText, .cm-deletedChunk .cm-deletedText, .cm-deletedText": {
    background: "none",
    textDecoration: "line-through",
    textDecorationColor: "var(--failed)",
  },
  "&.cm-merge-b .cm-changedText": { background: "none", fontWeight: "600" },
  "&.cm-merge-a .cm-changedLineGutter, .cm-deletedLineGutter": { background: "var(--failed)" },
  "&.cm-merge-b .cm-changedLineGutter, .cm-changedLineGutter": { background: "var(--candidate)" },
  ".cm-collapsedLines": {
    background: "var(--surface-2)",
    color: "var(--ink-2)",
    paddingBlock: "2px",
  },
  ".cm-collapsedLines::before, .cm-collapsedLines::after": { content: '"…"' },
});

/** How code looks, in both themes. */
export const codeLook: Extension = [theme, syntaxHighlighting(inks)];
