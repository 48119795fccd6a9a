"use client";

import { useRouter } from "next/navigation";
import { useEffect } from "react";

/** The root has no page of its own yet. */
export function ToSwitches() {
  const router = useRouter();
  useEffect(() => router.replace(`/switches${window.location.search}`), [router]);
  return null;
}
