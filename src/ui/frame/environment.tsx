"use client";

import { useQuery } from "@tanstack/react-query";
import { createContext, type ReactNode, useCallback, useContext, useEffect } from "react";
import { api } from "../api/client.ts";
import { keys } from "../api/live.ts";
import { useAddress } from "./address.ts";

const LAST_KEY = "leverframe.environment";

/** Whether pulls here reach real users: the environment's name says so. */
export const isProduction = (env: string): boolean => /^prod(uction)?(-|$)/.test(env);

/** The environment to show where the address names none: the last one, else production, else the first. Pure. */
export function chooseEnvironment(names: readonly string[], last: string | null): string | undefined {
  return names.find((name) => name === last) ?? names.find(isProduction) ?? names[0];
}

const EnvironmentContext = createContext<string | undefined>(undefined);

/** The environment that the address names; undefined until it is known. */
export const useEnvironment = (): string | undefined => useContext(EnvironmentContext);

function lastEnvironment(): string | null {
  try {
    return localStorage.getItem(LAST_KEY);
  } catch {
    return null;
  }
}

/** Puts the environment into the address where it is missing, so that each address names its own. */
export function EnvironmentProvider({ children }: { children: ReactNode }) {
  const { search, go } = useAddress();
  const session = useSession();
  const named = search.get("env") ?? undefined;
  useEffect(() => {
    if (named !== undefined) {
      try {
        localStorage.setItem(LAST_KEY, named);
      } catch {
        // Without storage the address alone remembers.
      }
      return;
    }
    const chosen =
      session.data &&
      chooseEnvironment(
        session.data.environments.map(({ name }) => name),
        lastEnvironment(),
      );
    if (chosen) go({ env: chosen }, "replace");
  }, [named, session.data, go]);
  return <EnvironmentContext value={named}>{children}</EnvironmentContext>;
}

/** How a page is filtered and ordered means the same in every environment; what names a thing does not. */
const KEPT: ReadonlySet<string> = new Set(["q", "by", "tab", "only", "format"]);

/** Goes to another environment on the same page. */
export function useSwitchEnvironment(): (env: string) => void {
  const { search, go } = useAddress();
  return useCallback(
    (env) => {
      const named = [...search.keys()].filter((part) => !KEPT.has(part));
      go({ ...Object.fromEntries(named.map((part) => [part, null])), env });
    },
    [search, go],
  );
}

/** Who is signed in, and which environments there are. */
export const useSession = () =>
  useQuery({ queryKey: keys.session, queryFn: ({ signal }) => api.me({ signal }), staleTime: 30_000 });
