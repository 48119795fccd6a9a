/** The languages of the console. Each has every message (held by `messages.test.ts`). */
export const LOCALES = ["en", "zh-CN"] as const;
export type Locale = (typeof LOCALES)[number];

/** How a language calls itself. */
export const LOCALE_NAMES: Readonly<Record<Locale, string>> = { en: "English", "zh-CN": "简体中文" };

export const LOCALE_KEY = "leverframe.locale";

/** The language to start with: the one chosen before, else the browser's. Pure. */
export function chooseLocale(stored: string | null, preferred: readonly string[]): Locale {
  const known = LOCALES.find((locale) => locale === stored);
  if (known) return known;
  for (const language of preferred) {
    if (language.toLowerCase().startsWith("zh")) return "zh-CN";
    if (language.toLowerCase().startsWith("en")) return "en";
  }
  return "en";
}
