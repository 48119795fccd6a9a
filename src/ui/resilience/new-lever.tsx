"use client";

import { resourceName } from "@leverframe/agent/protocol";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { useServices } from "../api/queries.ts";
import { formatRef } from "../api/ref.ts";
import { useDraftText } from "../drafts.ts";
import { Button } from "../kit/button.tsx";
import { Field, SelectInput, TextInput } from "../kit/field.tsx";
import { Sheet } from "../kit/sheet.tsx";
import { KINDS, type ResilienceKind } from "./kinds.ts";
import { useEveryLever } from "./queries.ts";

interface NewLeverProps {
  readonly env: string;
  readonly kind: ResilienceKind;
  readonly onClose: () => void;
  /** Its name, as addresses have it: its form opens, with nothing published yet. */
  readonly onChosen: (ref: string) => void;
}

/** Names a lever that is not there yet; offers the breakers that code declares and nothing moves. */
export function NewLever({ env, kind: begun, onClose, onChosen: chosen }: NewLeverProps) {
  const t = useTranslations("breakers");
  const r = useTranslations("resilience");
  const [kind, setKind] = useState(begun);
  const [service, setService] = useDraftText(`${env}/new-lever-service`);
  const [name, setName] = useDraftText(`${env}/new-lever-name`);
  const onChosen = (lever: string) => {
    setName("");
    chosen(lever);
  };
  const services = useServices(env).data ?? [];
  const levers = useEveryLever(env).data?.levers ?? [];
  const named = resourceName.safeParse(name).success;
  const ref = formatRef({ service, kind, name });
  const taken = levers.some((lever) => formatRef(lever) === ref);
  const wanted = new Set(
    services
      .filter((row) => row.service === service || service === "*")
      .flatMap(({ instances }) => instances.flatMap(({ reads }) => reads))
      .filter((read) => read.kind === kind)
      .map((read) => read.name),
  );
  for (const lever of levers) if (lever.kind === kind && lever.service === service) wanted.delete(lever.name);
  const whole = service !== "" && named;
  return (
    <Sheet
      title={t("newLever")}
      description={t("newLeverDetail")}
      onClose={onClose}
      footer={
        <Button tone="primary" className="max-md:w-full" disabled={!whole} onClick={() => onChosen(ref)}>
          {t("next")}
        </Button>
      }
    >
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (whole) onChosen(ref);
        }}
      >
        <Field label={t("newKind")}>
          {(control) => (
            <SelectInput
              {...control}
              value={kind}
              onChange={(event) => setKind(KINDS.find((one) => one === event.target.value) ?? kind)}
            >
              {KINDS.map((one) => (
                <option key={one} value={one}>
                  {r(`kind.${one}`)}
                </option>
              ))}
            </SelectInput>
          )}
        </Field>
        <Field label={t("newService")} hint={t("newServiceHint")}>
          {(control) => (
            <SelectInput
              {...control}
              data-autofocus
              value={service}
              onChange={(event) => setService(event.target.value)}
            >
              <option value="" disabled>
                {t("chooseService")}
              </option>
              {services.map((row) => (
                <option key={row.service} value={row.service}>
                  {row.service}
                </option>
              ))}
              <option value="*">{t("everyService")}</option>
            </SelectInput>
          )}
        </Field>
        <Field
          label={t("newName")}
          hint={taken ? t("taken") : t("newNameHint")}
          error={name !== "" && !named ? t("newNameRule") : undefined}
        >
          {(control) => (
            <TextInput
              {...control}
              spellCheck={false}
              className="font-mono"
              maxLength={63}
              value={name}
              onChange={(event) => setName(event.target.value)}
            />
          )}
        </Field>
        {wanted.size > 0 && (
          <p className="flex flex-wrap items-center gap-2 text-12 text-ink-2">
            {t("declared")}
            {[...wanted].sort().map((one) => (
              <Button key={one} className="font-mono" onClick={() => setName(one)}>
                {one}
              </Button>
            ))}
          </p>
        )}
      </form>
    </Sheet>
  );
}
