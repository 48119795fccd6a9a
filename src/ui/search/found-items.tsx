"use client";

import { Box, Boxes, FileCode2, History, type LucideIcon, SlidersHorizontal, ToggleLeft } from "lucide-react";
import { useFormatter, useTranslations } from "next-intl";
import type { Hit, SearchAnswer, Snippet } from "../api/contract.ts";
import { leverAddress } from "../frame/lever-address.ts";
import { Marked } from "../kit/marked.tsx";
import type { PaletteGroup, PaletteItem } from "../kit/palette.tsx";

/** What was found, group by group, each with the way to it. */
export function useFoundGroups(env: string, goTo: (address: string) => void) {
  const t = useTranslations("search");
  const format = useFormatter();
  const place = `env=${encodeURIComponent(env)}`;
  const itemOf = (hit: Hit): PaletteItem => ({
    id: `${hit.type} ${hit.type === "lever" ? hit.kind : ""} ${"instance" in hit ? hit.instance : ""} ${hit.name.text}`,
    Icon: ICONS[hit.type === "lever" ? hit.kind : hit.type] ?? SlidersHorizontal,
    title: <Code of={hit.name} />,
    ...(hit.type === "service" ? { detail: t("instances", { count: hit.instances }) } : {}),
    ...(hit.place === undefined ? {} : { detail: <Place hit={hit} /> }),
    run: () =>
      goTo(hit.type === "lever" ? leverAddress({ ...hit, name: hit.lever }, env) : fleetAddress(hit, place)),
  });
  return (answer: SearchAnswer): readonly PaletteGroup[] => [
    ...answer.groups.map(({ group, hits, more }) => ({
      id: group,
      heading: t(group === "instances" ? "instancesGroup" : group),
      items: hits.map(itemOf),
      note: more > 0 ? t("more", { count: more }) : undefined,
    })),
    ...(answer.changes.length === 0
      ? []
      : [
          {
            id: "changes",
            heading: t("changes"),
            items: answer.changes.map((change) => ({
              id: `change ${change.id}`,
              Icon: History,
              title: <Marked {...change.reason} />,
              detail: `${change.author} · ${format.dateTime(new Date(change.at), { dateStyle: "medium", timeStyle: "short" })} · r${change.revision}`,
              run: () => goTo(`/changes?${place}&change=${change.id}`),
            })),
            note: answer.moreChanges ? t("moreChanges") : undefined,
          },
        ]),
  ];
}

const ICONS: Readonly<Record<string, LucideIcon>> = {
  service: Boxes,
  instance: Box,
  switch: ToggleLeft,
  config: FileCode2,
};

function fleetAddress(hit: Exclude<Hit, { type: "lever" }>, place: string): string {
  const service = `/services?${place}&service=${encodeURIComponent(hit.service)}`;
  return hit.type === "service" ? service : `${service}&instance=${encodeURIComponent(hit.instance)}`;
}

const Code = ({ of }: { of: Snippet }) => (
  <span className="font-mono text-12">
    <Marked {...of} />
  </span>
);

/** Where in what the thing holds: `value:3` is the third line of a config's text. */
function Place({ hit }: { hit: Hit }) {
  const t = useTranslations("search");
  if (hit.place === undefined) return null;
  const line = /^(.*)value:(\d+)$/.exec(hit.place.key);
  return (
    <>
      {line && <span className="pe-2">{t("line", { line: line[2] ?? "" })}</span>}
      {hit.type === "instance" && <span className="pe-2">{hit.place.key}</span>}
      <Code of={hit.place.snippet} />
    </>
  );
}
