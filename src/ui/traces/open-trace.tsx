"use client";

import { FolderOpen } from "lucide-react";
import { useTranslations } from "next-intl";
import { useRef, useState } from "react";
import { useAddress } from "../frame/address.ts";
import { Button } from "../kit/button.tsx";
import { TextInput } from "../kit/field.tsx";
import { allMessages } from "../locale/catalogue.ts";
import { traceIdIn } from "./search-address.ts";

/** Opens one trace: by its id, as it is pasted from a log, or from a file of Jaeger or OTLP. */
export function OpenTrace() {
  const t = useTranslations("traces");
  const { go } = useAddress();
  const [text, setText] = useState("");
  const [fault, setFault] = useState<string>();
  const picker = useRef<HTMLInputElement>(null);
  const open = (pasted: string): void => {
    const id = traceIdIn(pasted);
    if (id === undefined) setFault(pasted.trim() === "" ? undefined : t("noId"));
    else go({ trace: id, span: null, with: null, view: null });
  };
  const openFile = async (file: File): Promise<void> => {
    setFault(undefined);
    const [{ readTraceFile }] = await Promise.all([import("./read-trace-file.ts"), allMessages()]);
    const read = await readTraceFile(file);
    if (read.ok) go({ trace: read.traceId, span: null, with: null, view: null });
    else setFault(t(`file.${read.why}`));
  };
  return (
    <div className="flex flex-wrap items-center gap-2 max-md:w-full">
      <form
        className="max-md:flex-1"
        onSubmit={(event) => {
          event.preventDefault();
          open(text);
        }}
      >
        <TextInput
          aria-label={t("openById")}
          placeholder={t("idHint")}
          title={t("openById")}
          value={text}
          aria-invalid={fault !== undefined}
          onChange={({ target }) => {
            setText(target.value);
            setFault(undefined);
          }}
          onPaste={(event) => {
            const pasted = event.clipboardData.getData("text");
            if (traceIdIn(pasted) === undefined) return;
            event.preventDefault();
            open(pasted);
          }}
          className="w-44 font-mono max-md:w-full"
        />
      </form>
      <Button onClick={() => picker.current?.click()}>
        <FolderOpen size={14} aria-hidden />
        {t("openFile")}
      </Button>
      <input
        ref={picker}
        type="file"
        accept=".json,.jsonl,application/json"
        aria-label={t("openFile")}
        className="hidden"
        onChange={({ target }) => {
          const [file] = target.files ?? [];
          if (file !== undefined) void openFile(file);
          target.value = "";
        }}
      />
      {fault !== undefined && (
        <p role="alert" className="text-12 text-failed">
          {fault}
        </p>
      )}
    </div>
  );
}
