"use client";

import { useTranslations } from "next-intl";
import { useStale } from "../api/queries.ts";
import { classNames } from "../kit/class-names.ts";
import { TrayMark } from "../tray/tray-mark.tsx";
import { isProduction, useEnvironment, useSession, useSwitchEnvironment } from "./environment.tsx";
import { LinkState } from "./link-state.tsx";

/** Always in sight: which environment this is, in words, inverted where real users are; and whether it is live. */
export function EnvironmentStrip() {
  const t = useTranslations("environment");
  const env = useEnvironment();
  const session = useSession();
  const stale = useStale(env);
  const switchTo = useSwitchEnvironment();
  const production = env !== undefined && isProduction(env);
  const names = session.data?.environments.map(({ name }) => name) ?? [];
  const listed = env === undefined || names.includes(env) ? names : [env, ...names];
  return (
    <div
      data-testid="environment-strip"
      className={classNames(
        "sticky top-0 z-30 flex h-9 items-center gap-3 border-b px-3 max-md:h-11",
        production ? "border-ink bg-ink text-surface-0" : "border-line bg-surface-2 text-ink",
      )}
    >
      <label className="flex min-w-0 items-center gap-2">
        <span className="sr-only">{t("choose")}</span>
        <select
          value={env ?? ""}
          disabled={listed.length === 0}
          onChange={(event) => switchTo(event.target.value)}
          className={classNames(
            "h-7 rounded-4 border px-1.5 font-semibold text-13 uppercase tracking-wide max-md:h-9 max-md:text-16",
            production
              ? "border-surface-0/50 bg-ink text-surface-0 outline-surface-0!"
              : "border-ink-3 bg-surface-1 text-ink",
          )}
        >
          {env === undefined && <option value="">–</option>}
          {listed.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </label>
      {env !== undefined && (
        <span className="min-w-0 truncate text-12">
          <span className="max-sm:hidden">{production ? t("production") : t("other")}</span>
          <span className="sm:hidden">{production ? t("productionShort") : t("other")}</span>
        </span>
      )}
      {env !== undefined && <TrayMark env={env} inverted={production} />}
      <LinkState stale={stale} inverted={production} />
    </div>
  );
}
