"use client";

import type { Rollout, SwitchSpec } from "@leverframe/agent/protocol";
import { useTranslations } from "next-intl";
import { useDeferredValue, useId, useState } from "react";
import { Field, SelectInput, TextInput } from "../kit/field.tsx";
import { LeverGlyph } from "../kit/lever.tsx";
import { Served } from "./served.tsx";
import { readContext, tryOn } from "./tester.ts";

interface TryOnProps {
  /** The lever as the draft would leave it. */
  readonly resource: { readonly spec: SwitchSpec; readonly rollout?: Rollout<SwitchSpec> | undefined };
  readonly instances: readonly string[];
}

/** "A user with country=DE gets …": a context tried on the draft by the function that agents decide with. */
export function TryOn({ resource, instances }: TryOnProps) {
  const t = useTranslations("audience");
  const position = useTranslations("position");
  const answer = useId();
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState("");
  const [first = "instance-1"] = instances;
  const instance = instances.includes(chosen) ? chosen : first;
  const verdict = tryOn(resource, instance, readContext(useDeferredValue(text)));
  const who = text.trim() === "" ? t("anybody") : t("userWith", { context: text.trim() });
  return (
    <div className="flex flex-col gap-2">
      <h4 className="label-12">{t("try")}</h4>
      <div className="grid grid-cols-2 gap-2 max-sm:grid-cols-1">
        <Field label={t("tryContext")} hint={t("tryHint")}>
          {(control) => (
            <TextInput
              {...control}
              aria-controls={answer}
              className="font-mono"
              spellCheck={false}
              placeholder="country=DE, userId=u-17"
              value={text}
              onChange={(event) => setText(event.target.value)}
            />
          )}
        </Field>
        {resource.rollout?.stickiness === "instance" && instances.length > 1 && (
          <Field label={t("tryInstance")}>
            {(control) => (
              <SelectInput {...control} value={instance} onChange={(event) => setChosen(event.target.value)}>
                {instances.map((name) => (
                  <option key={name} value={name}>
                    {name}
                  </option>
                ))}
              </SelectInput>
            )}
          </Field>
        )}
      </div>
      <div id={answer} role="status" className="flex flex-col gap-1" data-testid="try-answer">
        {verdict.ok ? (
          <>
            <p className="flex flex-wrap items-center gap-2">
              <LeverGlyph position={verdict.degraded ? "DEGRADED" : "NORMAL"} proof="proved" />
              <span>{t("gets", { who, position: position(verdict.degraded ? "DEGRADED" : "NORMAL") })}</span>
            </p>
            {verdict.degraded && <Served strategy={verdict.spec.strategy} payload={verdict.spec.payload} />}
          </>
        ) : (
          <p className="text-ink-2">{t("tryMend")}</p>
        )}
      </div>
    </div>
  );
}
