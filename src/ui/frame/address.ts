"use client";

import { usePathname, useSearchParams } from "next/navigation";
import { useCallback } from "react";

/** Parts of the query string to set; null takes one out. */
export type AddressChange = Readonly<Record<string, string | null>>;

/** The query string after a change. Pure; parts keep their order. */
export function changeAddress(search: string, change: AddressChange): string {
  const parts = new URLSearchParams(search);
  for (const [name, value] of Object.entries(change)) {
    if (value === null || value === "") parts.delete(name);
    else parts.set(name, value);
  }
  // Slashes and * are legal in a query, and an address is read by people.
  return parts.toString().replaceAll("%2F", "/").replaceAll("%2A", "*");
}

/** The page's state, which is its address: what is read here comes back with a reload, a link, and the back button. */
export function useAddress() {
  const search = useSearchParams();
  const path = usePathname();
  const go = useCallback(
    (change: AddressChange, how: "push" | "replace" = "push") => {
      const query = changeAddress(window.location.search, change);
      const next = query === "" ? path : `${path}?${query}`;
      if (how === "push") window.history.pushState(null, "", next);
      else window.history.replaceState(null, "", next);
    },
    [path],
  );
  return { search, go };
}
