"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { lazy, type ReactNode, Suspense, useEffect, useMemo, useState } from "react";
import { followEnvironment } from "../api/live.ts";
import { Notices } from "../kit/notices.tsx";
import { EnvironmentProvider, useEnvironment, useSession } from "./environment.tsx";
import { EnvironmentStrip } from "./environment-strip.tsx";
import { focusSearch, useShortcuts } from "./keyboard.ts";
import { leaveForLogin } from "./leave-for-login.ts";
import { Navigation } from "./navigation.tsx";
import { addressOf } from "./sections.ts";

const Help = lazy(() => import("./help.tsx").then((module) => ({ default: module.Help })));

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
      "/": focusSearch,
      "?": () => setHelping(true),
      "g s": () => router.push(addressOf("/switches", env)),
      "g f": () => router.push(addressOf("/services", env)),
    }),
    [router, env],
  );
  useShortcuts(shortcuts);
  return (
    <div className="flex min-h-dvh flex-col">
      <EnvironmentStrip />
      <div className="flex flex-1 flex-col lg:flex-row">
        <Navigation onHelp={() => setHelping(true)} />
        <main className="flex min-w-0 flex-1 flex-col">{children}</main>
      </div>
      <Notices />
      {helping && (
        <Suspense>
          <Help onClose={() => setHelping(false)} />
        </Suspense>
      )}
    </div>
  );
}
