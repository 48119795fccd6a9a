"use client";

import { useTranslations } from "next-intl";
import type { Scope } from "./api.ts";

/** The right that reaches over the control plane itself. */
const isEverything = ({ role, env, services }: Scope): boolean =>
  role === "admin" && env === "*" && services === "*";

/** A right as a plain sentence: what it allows, where, for which services. */
export function useScopeWords() {
  const t = useTranslations("admin.scope");
  const where = ({ env, services }: Scope): string =>
    t("where", {
      env,
      everywhere: String(env === "*"),
      services: services.endsWith("*") ? services.slice(0, -1) : services,
      which: services === "*" ? "all" : services.endsWith("*") ? "start" : "one",
    });
  return {
    short: (scope: Scope): string => `${t(`role.${scope.role}`)} · ${scope.env} · ${scope.services}`,
    sentence: (scope: Scope): string =>
      isEverything(scope) ? t("allows-everything") : t(`allows-${scope.role}`, { where: where(scope) }),
  };
}
