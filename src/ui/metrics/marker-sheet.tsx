"use client";

import { useFormatter, useTranslations } from "next-intl";
import type { Marker } from "../api/contract.ts";
import { AuthorMark } from "../changes/author-mark.tsx";
import { useMarkTitle } from "../charts/mark-words.tsx";
import { markKey } from "../charts/marks.ts";
import { PageLink } from "../frame/page-link.tsx";
import { addressOf } from "../frame/sections.ts";
import { Sheet } from "../kit/sheet.tsx";
import { BeforeAfter } from "./before-after.tsx";

interface MarkerSheetProps {
  readonly env: string;
  /** As the address has it. */
  readonly name: string;
  readonly markers: readonly Marker[];
  readonly onClose: () => void;
}

/** What a mark stands for: who and why, and, of a change, what it did to the requests. */
export function MarkerSheet({ env, name, markers, onClose }: MarkerSheetProps) {
  const t = useTranslations("charts");
  const title = useMarkTitle();
  const format = useFormatter();
  const marker = markers.find((one) => markKey(one) === name);
  const changeSetId = name.startsWith("change:") ? name.slice("change:".length) : undefined;
  const when = marker && format.dateTime(new Date(marker.atMs), { dateStyle: "medium", timeStyle: "medium" });
  return (
    <Sheet
      title={marker === undefined ? t("mark.one") : title(marker)}
      description={when ?? t("mark.elsewhere")}
      onClose={onClose}
    >
      <div className="flex flex-col gap-4">
        {marker?.kind === "change" && (
          <p className="flex flex-wrap gap-x-4 text-ink-2">
            <AuthorMark author={marker.author} />
            <span>{marker.services.map((one) => (one === "*" ? t("everyService") : one)).join(", ")}</span>
          </p>
        )}
        {marker !== undefined && marker.kind !== "change" && marker.instances.length > 0 && (
          <ul className="font-mono text-12">
            {marker.instances.map((instance) => (
              <li key={instance}>{instance}</li>
            ))}
          </ul>
        )}
        {marker !== undefined && marker.kind !== "change" && (
          <PageLink
            className="self-start text-accent"
            href={`${addressOf("/services", env)}&service=${encodeURIComponent(marker.service)}`}
          >
            {t("mark.toService", { service: marker.service })}
          </PageLink>
        )}
        {changeSetId !== undefined && (
          <>
            <BeforeAfter env={env} changeSetId={changeSetId} />
            <PageLink
              className="self-start text-accent"
              href={`${addressOf("/changes", env)}&change=${encodeURIComponent(changeSetId)}`}
            >
              {t("mark.toChange")}
            </PageLink>
          </>
        )}
      </div>
    </Sheet>
  );
}
