"use client";

import {
  type AbstractIntlMessages,
  NextIntlClientProvider,
  useLocale,
  useMessages,
  useTimeZone,
} from "next-intl";
import { type ReactNode, useEffect, useMemo, useSyncExternalStore } from "react";
import { current, INITIAL, subscribe, want, wantedLocale } from "./catalogue.ts";
import { chooseLocale, LOCALE_KEY } from "./locale.ts";

function recall(): string | null {
  try {
    return localStorage.getItem(LOCALE_KEY);
  } catch {
    return null;
  }
}

interface LocaleProviderProps {
  /** What the frame says, in English: all there is until the rest is loaded. */
  readonly english: AbstractIntlMessages;
  readonly children: ReactNode;
}

/** Gives messages to every page. The shell is English until the browser says otherwise. */
export function LocaleProvider({ english, children }: LocaleProviderProps) {
  const { locale, messages } = useSyncExternalStore(subscribe, current, () => INITIAL);
  useEffect(() => {
    if (wantedLocale() === undefined) void want(chooseLocale(recall(), navigator.languages));
    if (wantedLocale() === "en") delete document.documentElement.dataset["localePending"];
  }, []);
  useEffect(() => {
    document.documentElement.lang = locale;
    if (wantedLocale() === locale) delete document.documentElement.dataset["localePending"];
  }, [locale]);
  return (
    <NextIntlClientProvider
      locale={locale}
      messages={messages ?? english}
      timeZone={new Intl.DateTimeFormat().resolvedOptions().timeZone}
    >
      {children}
    </NextIntlClientProvider>
  );
}

/** Adds what one page says of itself, in English, to what the frame says; whatever is loaded later replaces both. */
export function PageMessages({ english, children }: LocaleProviderProps) {
  const locale = useLocale();
  const timeZone = useTimeZone();
  const outer = useMessages();
  const messages = useMemo(() => ({ ...english, ...outer }), [english, outer]);
  return (
    <NextIntlClientProvider
      locale={locale}
      messages={messages}
      {...(timeZone === undefined ? {} : { timeZone })}
    >
      {children}
    </NextIntlClientProvider>
  );
}
