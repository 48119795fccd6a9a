import type { AbstractIntlMessages } from "next-intl";
import { LOCALE_KEY, type Locale } from "./locale.ts";

/** The language shown, with all of its messages; `undefined` until they are there, when pages have only their own. */
export interface Loaded {
  readonly locale: Locale;
  readonly messages: AbstractIntlMessages | undefined;
}

/** What the shells are written in. */
export const INITIAL: Loaded = { locale: "en", messages: undefined };

const load: Readonly<Record<Locale, () => Promise<{ default: AbstractIntlMessages }>>> = {
  en: () => import("../messages/en.json"),
  "zh-CN": () => import("../messages/zh-CN.json"),
};
let loaded = INITIAL;
let wanted: Locale | undefined;
const listeners = new Set<() => void>();

export const current = (): Loaded => loaded;
export const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => void listeners.delete(listener);
};
export const wantedLocale = (): Locale | undefined => wanted;

/** Switches the whole console to a language, and remembers it. A later call wins over one still loading. */
export async function setLocale(locale: Locale): Promise<void> {
  try {
    localStorage.setItem(LOCALE_KEY, locale);
  } catch {
    // Storage is refused in this browser: the language then lasts as long as the page.
  }
  await want(locale);
}

/** As `setLocale`, without remembering it. */
export async function want(locale: Locale): Promise<void> {
  wanted = locale;
  const { default: messages } = await load[locale]();
  if (wanted !== locale || (loaded.locale === locale && loaded.messages !== undefined)) return;
  loaded = { locale, messages };
  for (const listener of listeners) listener();
}

/** Resolves once every message of the language is there: what is loaded on demand finds its own. */
export async function allMessages(): Promise<void> {
  if (loaded.messages === undefined) await want(wanted ?? "en");
}
