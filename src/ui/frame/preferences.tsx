"use client";

import { CircleHelp, Languages, LogOut, Moon, Sun } from "lucide-react";
import { useLocale, useTranslations } from "next-intl";
import { useTheme } from "next-themes";
import { classNames } from "../kit/class-names.ts";
import { setLocale } from "../locale/catalogue.ts";
import { LOCALE_NAMES, type Locale } from "../locale/locale.ts";
import { useSession } from "./environment.tsx";
import { signOut } from "./sign-out.ts";

/** A line of the navigation that does something. */
export const ROW =
  "flex h-8 w-full items-center gap-2 rounded-4 px-2 text-left text-ink-2 hover:bg-surface-2 hover:text-ink max-lg:h-11";

/** Theme, language, help and the session. */
export function Preferences({ onHelp }: { onHelp: () => void }) {
  const t = useTranslations("navigation");
  const { resolvedTheme, setTheme } = useTheme();
  const locale = useLocale();
  const session = useSession();
  const dark = resolvedTheme === "dark";
  const other: Locale = locale === "en" ? "zh-CN" : "en";
  return (
    <>
      <button
        type="button"
        className={ROW}
        onClick={() => setTheme(dark ? "light" : "dark")}
        suppressHydrationWarning
      >
        {dark ? <Sun size={16} aria-hidden /> : <Moon size={16} aria-hidden />}
        {dark ? t("toLight") : t("toDark")}
      </button>
      <button type="button" lang={other} className={ROW} onClick={() => void setLocale(other)}>
        <Languages size={16} aria-hidden />
        {LOCALE_NAMES[other]}
      </button>
      <button type="button" className={ROW} onClick={onHelp}>
        <CircleHelp size={16} aria-hidden />
        {t("help")}
        <kbd className="ms-auto font-mono text-12 text-ink-3 max-lg:hidden">?</kbd>
      </button>
      {session.data?.author && (
        <button
          type="button"
          className={classNames(ROW, "min-w-0")}
          onClick={() => void signOut(t("signOutFailed"))}
        >
          <LogOut size={16} aria-hidden className="shrink-0" />
          <span className="truncate">{t("signOut", { who: session.data.author.id })}</span>
        </button>
      )}
    </>
  );
}
