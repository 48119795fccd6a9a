"use client";

import { useTranslations } from "next-intl";
import { type ComponentProps, Suspense } from "react";
import { lazyPart } from "../lazy-part.tsx";
import type { TextDiff as Loaded } from "./text-diff.tsx";

const TextDiff = lazyPart(() => import("./text-diff.tsx").then((module) => module.TextDiff));

/** Two texts and what differs, fetched when it is wanted; says so where they are the same. */
export function DiffBox(props: ComponentProps<typeof Loaded>) {
  const t = useTranslations("config.review");
  if (props.before === props.after) return <p className="text-ink-2">{t("same")}</p>;
  return (
    <Suspense fallback={<p className="skeleton h-40 w-full" />}>
      <TextDiff {...props} />
    </Suspense>
  );
}
