"use client";

import { type AbstractIntlMessages, NextIntlClientProvider } from "next-intl";
import { type ReactNode, useEffect, useSyncExternalStore } from "react";
import english from "../messages/en.json";
import { chooseLocale, LOCALE_KEY, type Locale } from "./locale.ts";

interface Loaded {
  readonly locale: Locale;
  readonly messages: AbstractIntlMessages;
}

const initial: Loaded = { locale: "en", messages: english };
let loaded: Loaded = initial;
let wanted: Locale | undefined;
const listeners = new Set<() => void>();

async function messagesOf(locale: Locale): Promise<AbstractIntlMessages> {
  return locale === "en" ? english : (await import("../messages/zh-CN.json")).default;
}

/** Switches the whole console to a language, and remembers it. A later call wins over one still loading. */
export async function setLocale(locale: Locale): Promise<void> {
  wanted = locale;
  remember(locale);
  const messages = await messagesOf(locale);
  if (wanted !== locale) return;
  loaded = { locale, messages };
  for (const listener of listeners) listener();
}

function remember(locale: Locale): void {
  try {
    localStorage.setItem(LOCALE_KEY, locale);
  } catch {
    // Storage is refused in this browser: the language then lasts as long as the page.
  }
}

function recall(): string | null {
  try {
    return localStorage.getItem(LOCALE_KEY);
  } catch {
    return null;
  }
}

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => void listeners.delete(listener);
};

/** Gives messages to every page. The shell is English until the browser says otherwise. */
export function LocaleProvider({ children }: { children: ReactNode }) {
  const { locale, messages } = useSyncExternalStore(
    subscribe,
    () => loaded,
    () => initial,
  );
  useEffect(() => {
    if (wanted !== undefined) return;
    const first = chooseLocale(recall(), navigator.languages);
    wanted = first;
    if (first === "en") delete document.documentElement.dataset["localePending"];
    else void setLocale(first);
  }, []);
  useEffect(() => {
    document.documentElement.lang = locale;
    if (wanted === locale) delete document.documentElement.dataset["localePending"];
  }, [locale]);
  return (
    <NextIntlClientProvider
      locale={locale}
      messages={messages}
      timeZone={new Intl.DateTimeFormat().resolvedOptions().timeZone}
    >
      {children}
    </NextIntlClientProvider>
  );
}

/** Runs before the first paint: hides the English shell where another language is coming. */
export const LOCALE_SCRIPT = `(function(){try{var s=localStorage.getItem(${JSON.stringify(LOCALE_KEY)});var l=s||(navigator.languages||[])[0]||"en";if(/^zh/i.test(l))document.documentElement.dataset.localePending=""}catch(e){}})()`;
