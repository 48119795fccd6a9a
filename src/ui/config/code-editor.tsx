"use client";

import { linter, lintGutter } from "@codemirror/lint";
import { EditorView } from "@codemirror/view";
import CodeMirror, { type ReactCodeMirrorRef } from "@uiw/react-codemirror";
import { type Ref, useImperativeHandle, useMemo, useRef } from "react";
import { faultOf } from "./check-text.ts";
import { codeLook, languageOf } from "./code-look.ts";
import type { Format } from "./config-row.ts";

/** What the page around an editor can make it do. */
export interface EditorHandle {
  /** Puts the cursor there and brings it into sight. */
  goTo(offset: number): void;
}

interface CodeEditorProps {
  readonly label: string;
  readonly format: Format;
  readonly text: string;
  readonly readOnly: boolean;
  readonly onChange: (text: string) => void;
  readonly ref?: Ref<EditorHandle>;
}

const LINT_AFTER_MS = 200;

/** A text in its format, checked while one types. Tab leaves it, as it leaves every other field. */
export function CodeEditor({ label, format, text, readOnly, onChange, ref }: CodeEditorProps) {
  const editor = useRef<ReactCodeMirrorRef>(null);
  useImperativeHandle(ref, () => ({
    goTo(offset) {
      const view = editor.current?.view;
      if (!view) return;
      const anchor = Math.min(offset, view.state.doc.length);
      view.dispatch({ selection: { anchor }, effects: EditorView.scrollIntoView(anchor, { y: "center" }) });
      view.focus();
    },
  }));
  const extensions = useMemo(
    () => [
      languageOf(format),
      codeLook,
      EditorView.lineWrapping,
      EditorView.contentAttributes.of({ "aria-label": label }),
      lintGutter(),
      linter(({ state }) => diagnosticsOf(format, state.doc.toString()), { delay: LINT_AFTER_MS }),
    ],
    [format, label],
  );
  return (
    <CodeMirror
      ref={editor}
      value={text}
      onChange={onChange}
      readOnly={readOnly}
      theme="none"
      indentWithTab={false}
      basicSetup={{ highlightActiveLine: !readOnly, foldGutter: format !== "text" }}
      extensions={extensions}
      minHeight="240px"
      maxHeight="62dvh"
    />
  );
}

function diagnosticsOf(format: Format, text: string) {
  // Nothing written yet is nothing to mend.
  const fault = text === "" ? undefined : faultOf(format, text);
  if (!fault) return [];
  const to = Math.min(fault.from + 1, text.length);
  return [{ from: Math.max(0, to - 1), to, severity: "error" as const, message: fault.message }];
}
