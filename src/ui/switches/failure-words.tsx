"use client";

import { useTranslations } from "next-intl";
import { failureOf } from "../api/errors.ts";

/** What to do about a failed call, in words. */
export function FailureWords({ error }: { error: unknown }) {
  const t = useTranslations("failure");
  const failure = failureOf(error);
  switch (failure.kind) {
    case "no-answer":
      return <p>{t("noAnswer")}</p>;
    case "signed-out":
      return <p>{t("signedOut")}</p>;
    case "conflict":
      return <p>{t("conflict")}</p>;
    case "unavailable":
    case "not-found":
    case "proposed":
    case "refused":
      return <p>{failure.message}</p>;
  }
}
