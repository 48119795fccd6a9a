"use client";

import { useTranslations } from "next-intl";
import { useSession } from "../frame/environment.tsx";
import { Field, SelectInput, TextInput } from "../kit/field.tsx";
import { ROLES, type Scope } from "./api.ts";
import { useScopeWords } from "./scope-words.tsx";

const SERVICES = /^(\*|[a-z][a-z0-9-]{0,62}\*?)$/;

export const isScope = (scope: Scope): boolean => SERVICES.test(scope.services);

interface ScopeFieldsProps {
  readonly scope: Scope;
  readonly onChange: (scope: Scope) => void;
  readonly disabled?: boolean;
}

/** Role, environment and services of a right, and in a sentence what that allows. */
export function ScopeFields({ scope, onChange, disabled = false }: ScopeFieldsProps) {
  const t = useTranslations("admin.scope");
  const session = useSession();
  const words = useScopeWords();
  const names = session.data?.environments.map(({ name }) => name) ?? [];
  return (
    <div className="flex flex-col gap-3">
      <div className="grid grid-cols-3 gap-3 max-md:grid-cols-1">
        <Field label={t("roleLabel")}>
          {(control) => (
            <SelectInput
              {...control}
              disabled={disabled}
              value={scope.role}
              onChange={(event) => onChange({ ...scope, role: event.target.value as Scope["role"] })}
            >
              {ROLES.map((role) => (
                <option key={role} value={role}>
                  {t(`role.${role}`)}
                </option>
              ))}
            </SelectInput>
          )}
        </Field>
        <Field label={t("env")}>
          {(control) => (
            <SelectInput
              {...control}
              disabled={disabled}
              value={scope.env}
              onChange={(event) => onChange({ ...scope, env: event.target.value })}
            >
              <option value="*">{t("everyEnv")}</option>
              {names.map((name) => (
                <option key={name} value={name}>
                  {name}
                </option>
              ))}
            </SelectInput>
          )}
        </Field>
        <Field label={t("services")} error={isScope(scope) ? undefined : t("servicesRule")}>
          {(control) => (
            <TextInput
              {...control}
              disabled={disabled}
              spellCheck={false}
              className="font-mono"
              maxLength={64}
              value={scope.services}
              onChange={(event) => onChange({ ...scope, services: event.target.value.trim() })}
            />
          )}
        </Field>
      </div>
      <p className="text-12 text-ink-2" data-testid="scope-sentence">
        {isScope(scope) ? words.sentence(scope) : t("servicesHint")}
      </p>
    </div>
  );
}
