"use client";

import { LIMITS } from "@leverframe/agent/protocol";
import { useFormatter, useTranslations } from "next-intl";
import { Suspense, useDeferredValue, useEffect, useMemo, useRef } from "react";
import type { LeverDetail } from "../api/contract.ts";
import { useAddress } from "../frame/address.ts";
import { Button } from "../kit/button.tsx";
import { Callout } from "../kit/callout.tsx";
import { Field, SelectInput } from "../kit/field.tsx";
import { lazyPart } from "../lazy-part.tsx";
import type { Made } from "../publish/use-send.ts";
import { useMayIn } from "../session/rights.ts";
import { InTray } from "../tray/add-to-tray.tsx";
import { faultOf } from "./check-text.ts";
import type { EditorHandle } from "./code-editor.tsx";
import { type ConfigRow, FORMATS, type Format } from "./config-row.ts";
import { Conflict } from "./conflict.tsx";
import { bodyBytes } from "./draft.ts";
import { Reveal } from "./reveal.tsx";
import { Review } from "./review.tsx";
import { misfitOf, readShape, type Shape } from "./schema-check.ts";
import { type ConfigEdit, useConfigEdit } from "./use-config-edit.ts";

const CodeEditor = lazyPart(() => import("./code-editor.tsx").then((module) => module.CodeEditor));

interface EditorProps {
  readonly env: string;
  readonly row: ConfigRow;
  readonly detail: LeverDetail | undefined;
  readonly onMade: (made: Made | undefined) => void;
}

/** Writing, then reviewing, then publishing; or settling with what somebody else published meanwhile. */
export function Editor({ env, row, detail, onMade }: EditorProps) {
  const { search, go } = useAddress();
  const edit = useConfigEdit(env, row);
  const reviewing = search.get("step") === "review" && edit.changed;
  const { state } = edit;
  useEffect(() => {
    if (state.phase !== "published") return;
    onMade({ id: state.id, revision: state.result.revision });
    go({ step: null }, "replace");
  }, [state, onMade, go]);
  if (edit.moved) return <Conflict row={row} edit={edit} />;
  if (reviewing) return <Review env={env} row={row} detail={detail} edit={edit} />;
  return <Writing env={env} row={row} edit={edit} />;
}

function Writing({ env, row, edit }: { env: string; row: ConfigRow; edit: ConfigEdit }) {
  const t = useTranslations("config.editor");
  const { go } = useAddress();
  const operator = useMayIn("operator", env, [row.service]);
  const editor = useRef<EditorHandle>(null);
  const text = useDeferredValue(edit.text);
  const unwritten = row.secret && edit.draft.text === undefined;
  const shape = useShape(row);
  const fault = useMemo(
    () =>
      unwritten ? undefined : (faultOf(edit.format, text) ?? (shape && misfitOf(edit.format, text, shape))),
    [edit.format, text, unwritten, shape],
  );
  const bytes = useMemo(() => bodyBytes(edit.format, text, row.rollout), [edit.format, text, row.rollout]);
  const tooLarge = bytes > LIMITS.specBytes;
  const missing = !operator
    ? t("needsOperator")
    : edit.readOnly
      ? t("readOnly")
      : !edit.changed
        ? t("noChange")
        : unwritten
          ? t("secretMissing")
          : fault || text !== edit.text
            ? t("mend")
            : tooLarge
              ? t("tooLarge")
              : undefined;
  return (
    <section aria-label={t("title")} className="flex flex-col gap-3">
      {row.fault !== undefined && (
        <Callout tone="failed" title={t("invalid")}>
          {row.fault}
        </Callout>
      )}
      <InTray env={env} lever={row} />
      {row.secret && <Reveal env={env} row={row} />}
      {row.secret && <h2 className="label-12 pt-3">{t("newSecret")}</h2>}
      <div className="flex flex-wrap items-end gap-3">
        <FormatField
          format={edit.format}
          disabled={!operator || edit.busy}
          onChange={(format) => edit.type({ format })}
        />
        <Size bytes={bytes} tooLarge={tooLarge} />
      </div>
      <CodeBox
        invalid={fault !== undefined}
        label={row.secret ? t("newSecret") : t("text", { name: row.name })}
        format={edit.format}
        text={edit.text}
        readOnly={!operator || edit.busy}
        onChange={(next) => edit.type({ text: next })}
        editor={editor}
      />
      {fault && (
        <Callout tone="failed" role="status" title={t("fault", { line: fault.line, column: fault.column })}>
          <div className="flex flex-wrap items-center gap-x-3 gap-y-1" data-testid="config-fault">
            <span className="min-w-0 wrap-anywhere">{fault.message}</span>
            <button
              type="button"
              className="rounded-4 text-accent max-md:min-h-11"
              onClick={() => editor.current?.goTo(fault.from)}
            >
              {t("goThere")}
            </button>
          </div>
        </Callout>
      )}
      <div className="flex flex-wrap items-center gap-3 max-md:flex-col max-md:flex-nowrap max-md:items-stretch">
        <Button
          tone="primary"
          disabled={missing !== undefined || edit.busy}
          onClick={() => go({ step: "review" })}
        >
          {t("review")}
        </Button>
        {edit.changed && !edit.busy && <Button onClick={edit.discard}>{t("discard")}</Button>}
        <span className="text-12 text-ink-3">
          {missing ?? (row.secret ? t("secretDraft") : t("draftKept"))}
        </span>
      </div>
    </section>
  );
}

/** The config's JSON Schema, ready to be asked; undefined where it has none, or one that can't be used. */
function useShape(row: ConfigRow): Shape | undefined {
  const { jsonSchema } = row.meta;
  return useMemo(() => {
    try {
      return jsonSchema === undefined ? undefined : readShape(jsonSchema);
    } catch {
      return undefined;
    }
  }, [jsonSchema]);
}

interface CodeBoxProps {
  readonly invalid: boolean;
  readonly label: string;
  readonly format: Format;
  readonly text: string;
  readonly readOnly: boolean;
  readonly onChange: (text: string) => void;
  readonly editor?: React.Ref<EditorHandle>;
}

/** The editor in its frame; a frame of its height while it is fetched. */
export function CodeBox({ invalid, editor, ...rest }: CodeBoxProps) {
  return (
    <div
      className={
        invalid
          ? "min-h-60 overflow-hidden rounded-4 border border-failed bg-surface-1 focus-within:outline-2 focus-within:outline-accent"
          : "min-h-60 overflow-hidden rounded-4 border border-ink-3 bg-surface-1 focus-within:outline-2 focus-within:outline-accent"
      }
    >
      <Suspense
        fallback={<pre className="px-8 py-2 font-mono text-13 text-ink-2">{rest.text.slice(0, 2_000)}</pre>}
      >
        <CodeEditor {...rest} {...(editor === undefined ? {} : { ref: editor })} />
      </Suspense>
    </div>
  );
}

export function FormatField({
  format,
  disabled = false,
  onChange,
}: {
  format: Format;
  disabled?: boolean;
  onChange: (format: Format) => void;
}) {
  const t = useTranslations("config");
  return (
    <div className="w-36">
      <Field label={t("format")}>
        {(control) => (
          <SelectInput
            {...control}
            value={format}
            disabled={disabled}
            onChange={(event) => onChange(event.target.value as Format)}
          >
            {FORMATS.map((value) => (
              <option key={value} value={value}>
                {t(`formats.${value}`)}
              </option>
            ))}
          </SelectInput>
        )}
      </Field>
    </div>
  );
}

const KIB = 1_024;

export function Size({ bytes, tooLarge }: { bytes: number; tooLarge: boolean }) {
  const t = useTranslations("config.editor");
  const format = useFormatter();
  return (
    <p
      className={tooLarge ? "ms-auto text-12 text-failed" : "ms-auto text-12 text-ink-3"}
      data-testid="config-size"
    >
      {t("size", {
        size: format.number(bytes / KIB, { maximumFractionDigits: 1 }),
        most: LIMITS.specBytes / KIB,
      })}
    </p>
  );
}
