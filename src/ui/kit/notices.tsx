"use client";

import { useEffect, useState, useSyncExternalStore } from "react";
import type * as SonnerModule from "sonner";

type Sonner = typeof SonnerModule;

/** Fetched with the first notice: most nights there is none. */
let sonner: Promise<Sonner> | undefined;
const listeners = new Set<() => void>();
/** Resolves once a place for notices stands: what is said before would be said to nobody. */
let placed: () => void;
const place = new Promise<void>((resolve) => (placed = resolve));

function load(): Promise<Sonner> {
  if (!sonner) {
    sonner = import("sonner");
    for (const listener of listeners) listener();
  }
  return sonner;
}

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => void listeners.delete(listener);
};

/** Says something in passing. What matters stands in the page as well: a notice goes away. */
export async function notice(text: string, tone: "plain" | "failed" = "plain"): Promise<void> {
  const { toast } = await load();
  await place;
  if (tone === "failed") toast.error(text);
  else toast(text);
}

/**
 * Where notices appear: at the lower left, on a phone at the top; the sheet they speak of is at the right or at the
 * bottom, so that they never cover it.
 */
export function Notices() {
  const wanted = useSyncExternalStore(
    subscribe,
    () => sonner,
    () => undefined,
  );
  const [loaded, setLoaded] = useState<Sonner>();
  useEffect(() => void wanted?.then(setLoaded), [wanted]);
  useEffect(() => {
    if (loaded) placed();
  }, [loaded]);
  if (!loaded) return null;
  return (
    <loaded.Toaster
      position={matchMedia("(max-width: 767px)").matches ? "top-center" : "bottom-left"}
      duration={6_000}
      toastOptions={{
        unstyled: true,
        classNames: {
          toast:
            "flex w-full items-center gap-2 rounded-8 border border-line bg-surface-1 px-4 py-3 text-13 text-ink shadow-overlay",
          error: "border-failed",
        },
      }}
    />
  );
}
