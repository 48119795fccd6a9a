"use client";

import { useRouter } from "next/navigation";
import { useEffect } from "react";

/** The root leads to the overview, in the environment that the address names. */
export function ToStart() {
  const router = useRouter();
  useEffect(() => router.replace(`/overview${window.location.search}`), [router]);
  return null;
}
