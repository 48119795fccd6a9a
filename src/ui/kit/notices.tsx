"use client";

import { useEffect, useState } from "react";
import type * as SonnerModule from "sonner";

type Sonner = typeof SonnerModule;
let sonner: Promise<Sonner> | undefined;
const load = () => (sonner ??= import("sonner"));

/** Says something in passing. What matters stands in the page as well: a notice goes away. */
export async function notice(text: string, tone: "plain" | "failed" = "plain"): Promise<void> {
  const { toast } = await load();
  if (tone === "failed") toast.error(text);
  else toast(text);
}

/**
 * Where notices appear: at the lower left, on a phone at the top; the sheet they speak of is at the right or at the
 * bottom, so that they never cover it.
 */
export function Notices() {
  const [loaded, setLoaded] = useState<Sonner>();
  const [narrow, setNarrow] = useState(false);
  useEffect(() => {
    void load().then(setLoaded);
    const media = matchMedia("(max-width: 767px)");
    const follow = () => setNarrow(media.matches);
    follow();
    media.addEventListener("change", follow);
    return () => media.removeEventListener("change", follow);
  }, []);
  if (!loaded) return null;
  return (
    <loaded.Toaster
      position={narrow ? "top-center" : "bottom-left"}
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
