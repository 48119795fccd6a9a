"use client";

import { useEffect } from "react";

/** Names the page in the reader's language; a tab in the background then says how much is not normal, too. */
export function usePageTitle(title: string, deviating = 0): void {
  useEffect(() => {
    document.title = `${deviating === 0 ? "" : `(${deviating}) `}${title} · Leverframe`;
  }, [title, deviating]);
}
