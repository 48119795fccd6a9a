"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { type ReactNode, Suspense, useCallback, useEffect, useMemo, useState } from "react";
import { followEnvironment } from "../api/live.ts";
import { Notices } from "../kit/notices.tsx";
import { lazyPart } from "../lazy-part.tsx";
import { EnvironmentProvider, useEnvironment, useSession } from "./environment.tsx";
import { EnvironmentStrip } from "./environment-strip.tsx";
import { focusSearch, usePaletteKey, useShortcuts } from "./keyboard.ts";
import { leaveForLogin } from "./leave-for-login.ts";
import { Navigation } from "./navigation.tsx";
import { ALL_SECTIONS, addressOf } from "./sections.ts";

const CommandPalette = lazyPart(() =>
  import("../search/command-palette.tsx").then((module) => module.CommandPalette),
);
const Help = lazyPart(() => import("./help.tsx").then((module) => module.Help));

/** What stands around every page: the environment, the way about, the state of the session and of the live link. */
export function AppFrame({ children }: { children: ReactNode }) {
  return (
    <Suspense>
      <EnvironmentProvider>
        <Frame>{children}</Frame>
      </EnvironmentProvider>
    </Suspense>
  );
}

function Frame({ children }: { children: ReactNode }) {
  const env = useEnvironment();
  const session = useSession();
  const cache = useQueryClient();
  const router = useRouter();
  const [helping, setHelping] = useState(false);
  const [searching, setSearching] = useState(false);
  const signedIn = session.data?.signedIn === true;
  useEffect(() => {
    if (session.data?.signedIn === false) leaveForLogin();
  }, [session.data]);
  useEffect(() => {
    if (env === undefined || !signedIn) return;
    return followEnvironment(env, cache);
  }, [env, signedIn, cache]);
  const shortcuts = useMemo(
    () => ({
      "/": () => focusSearch() || setSearching(true),
      "?": () => setHelping(true),
      ...Object.fromEntries(
        ALL_SECTIONS.map(({ key, path }) => [`g ${key}`, () => router.push(addressOf(path, env))]),
      ),
    }),
    [router, env],
  );
  useShortcuts(shortcuts);
  usePaletteKey(useCallback(() => setSearching((open) => !open), []));
  return (
    <div className="flex min-h-dvh flex-col">
      <EnvironmentStrip />
      <div className="flex flex-1 flex-col lg:flex-row">
        <Navigation onHelp={() => setHelping(true)} onSearch={() => setSearching(true)} />
        <main className="flex min-w-0 flex-1 flex-col">{children}</main>
      </div>
      <Notices />
      {searching && (
        <Suspense>
          <CommandPalette onClose={() => setSearching(false)} onHelp={() => setHelping(true)} />
        </Suspense>
      )}
      {helping && (
        <Suspense>
          <Help onClose={() => setHelping(false)} />
        </Suspense>
      )}
    </div>
  );
}
