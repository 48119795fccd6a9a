"use client";

import { X } from "lucide-react";
import { useTranslations } from "next-intl";
import { useServices } from "../api/queries.ts";
import type { AddressChange } from "../frame/address.ts";
import { Button } from "../kit/button.tsx";
import { SelectInput } from "../kit/field.tsx";
import { Segmented } from "../kit/segmented.tsx";
import { type Scope, SPLITS } from "./panels.ts";

interface ScopeChoiceProps {
  readonly env: string;
  readonly scope: Scope;
  readonly onChange: (change: AddressChange) => void;
}

/** Which service and instance, by what the lines are told apart, and what else narrows them. All of it is in the address. */
export function ScopeChoice({ env, scope, onChange }: ScopeChoiceProps) {
  const t = useTranslations("charts");
  const services = useServices(env).data ?? [];
  const known = services.map(({ service }) => service);
  const instances = services.find(({ service }) => service === scope.service)?.instances ?? [];
  const splits = SPLITS.filter((split) =>
    scope.service === undefined ? split !== "whole" : split !== "service",
  );
  return (
    <div role="search" aria-label={t("scope")} className="flex flex-wrap items-center gap-2">
      <SelectInput
        aria-label={t("service")}
        value={scope.service ?? ""}
        onChange={({ target }) =>
          onChange({ service: target.value, instance: null, by: null, dependency: null })
        }
        className="max-w-44"
      >
        <option value="">{t("everyService")}</option>
        {withChosen(known, scope.service).map((service) => (
          <option key={service} value={service}>
            {service}
          </option>
        ))}
      </SelectInput>
      {scope.service !== undefined && (
        <SelectInput
          aria-label={t("instance")}
          value={scope.instance ?? ""}
          onChange={({ target }) => onChange({ instance: target.value })}
          className="max-w-52"
        >
          <option value="">{t("everyInstance")}</option>
          {withChosen(
            instances.map(({ instance }) => instance),
            scope.instance,
          ).map((instance) => (
            <option key={instance} value={instance}>
              {instance}
            </option>
          ))}
        </SelectInput>
      )}
      <Segmented
        label={t("by")}
        value={scope.split}
        options={splits.map((split) => ({ value: split, label: t(`split.${split}`) }))}
        onChange={(by) => onChange({ by })}
      />
      {(["route", "dependency"] as const).map(
        (name) =>
          scope[name] !== undefined && (
            <Button key={name} tone="quiet" onClick={() => onChange({ [name]: null })}>
              {t(name)}: <span className="font-mono">{scope[name]}</span>
              <X size={14} aria-label={t("clear")} />
            </Button>
          ),
      )}
    </div>
  );
}

/** What the address names stands in the list also where nobody knows it any more. */
const withChosen = (known: readonly string[], chosen: string | undefined): readonly string[] =>
  chosen === undefined || known.includes(chosen) ? known : [chosen, ...known];
