"use client";

import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import type { AbstractIntlMessages } from "next-intl";
import { ThemeProvider } from "next-themes";
import { type ReactNode, useState } from "react";
import { failureOf } from "../api/errors.ts";
import { LocaleProvider } from "../locale/locale-provider.tsx";
import { leaveForLogin } from "./leave-for-login.ts";

function leaveWhenSignedOut(error: unknown): void {
  if (failureOf(error).kind === "signed-out") leaveForLogin();
}

const makeQueryClient = () =>
  new QueryClient({
    queryCache: new QueryCache({ onError: leaveWhenSignedOut }),
    mutationCache: new MutationCache({ onError: leaveWhenSignedOut }),
    defaultOptions: {
      queries: {
        retry: (count, error) => failureOf(error).kind === "no-answer" && count < 2,
        retryDelay: 500,
        networkMode: "always",
      },
      // A write is never repeated behind its author's back; the sheet does that, with the same id.
      mutations: { retry: false, networkMode: "always" },
    },
  });

interface ProvidersProps {
  /** What the frame says, in English. */
  readonly english: AbstractIntlMessages;
  readonly children: ReactNode;
}

/** Theme, language and data for every page. */
export function Providers({ english, children }: ProvidersProps) {
  const [queries] = useState(makeQueryClient);
  return (
    <ThemeProvider attribute="data-theme" defaultTheme="system" enableSystem disableTransitionOnChange>
      <LocaleProvider english={english}>
        <QueryClientProvider client={queries}>{children}</QueryClientProvider>
      </LocaleProvider>
    </ThemeProvider>
  );
}
