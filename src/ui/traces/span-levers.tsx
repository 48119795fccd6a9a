"use client";

import { useQuery } from "@tanstack/react-query";
import { SlidersHorizontal } from "lucide-react";
import { useTranslations } from "next-intl";
import type { FullSpan } from "../../domain/traces/span.ts";
import { useBoard } from "../api/queries.ts";
import type { LeverRef } from "../api/ref.ts";
import { leverAddress } from "../frame/lever-address.ts";
import { PageLink } from "../frame/page-link.tsx";
import { addressOf } from "../frame/sections.ts";
import { tracesApi } from "./api.ts";

/** The levers that acted on a span, each with the way to its sheet and to the change that had put it so. */
export function SpanLevers({ env, span, atMs }: { env: string; span: FullSpan; atMs: number }) {
  const t = useTranslations("traces");
  const board = useBoard(env).data?.levers ?? [];
  const valueOf = (name: string): string => span.attributes.find(([key]) => key === name)?.[1] ?? "";
  const own = valueOf("leverframe.revision.own");
  const shared = valueOf("leverframe.revision.shared");
  if (own === "" && shared === "" && span.levers.length === 0) return null;
  const revision = (text: string) =>
    text === "" ? (
      "–"
    ) : (
      <PageLink
        className="text-accent underline"
        href={`${addressOf("/traces", env)}&revision=${encodeURIComponent(text)}`}
        title={t("span.sameRevision", { revision: text })}
      >
        r{text}
      </PageLink>
    );
  return (
    <section data-testid="span-levers">
      <h3 className="label-12 border-line border-b pb-1">{t("span.levers")}</h3>
      <ul>
        {span.levers.map((named) => {
          const [kind = "", name = ""] = named.split("/");
          const isOwn = board.some(
            (one) => one.service === span.service && one.kind === kind && one.name === name,
          );
          const isShared = board.some((one) => one.service === "*" && one.kind === kind && one.name === name);
          const service = !isOwn && isShared ? "*" : span.service;
          return (
            <Acted
              key={named}
              env={env}
              lever={{ service, kind, name }}
              isKnown={isOwn || isShared}
              revision={Number(service === "*" ? shared : own)}
              atMs={atMs}
            />
          );
        })}
        {span.levers.length === 0 && <li className="py-1 text-ink-2">{t("span.noLever")}</li>}
      </ul>
      <p className="text-12 text-ink-3">
        {t.rich("span.revisions", { own: () => revision(own), shared: () => revision(shared) })}
      </p>
    </section>
  );
}

interface ActedProps {
  readonly env: string;
  readonly lever: LeverRef;
  /** It stands in the environment now. */
  readonly isKnown: boolean;
  /** The revision that was in force, of those levers. */
  readonly revision: number;
  readonly atMs: number;
}

function Acted({ env, lever, isKnown, revision, atMs }: ActedProps) {
  const t = useTranslations("traces");
  const version = useQuery({
    queryKey: ["lever-at", env, lever, revision, atMs],
    queryFn: ({ signal }) =>
      tracesApi.leverAt(
        env,
        lever,
        Number.isInteger(revision) && revision > 0
          ? { revision }
          : { at: new Date(Math.ceil(atMs)).toISOString() },
        { signal },
      ),
    retry: 1,
    staleTime: 60_000,
    enabled: lever.kind !== "" && lever.name !== "",
  });
  const change = version.data;
  return (
    <li className="flex flex-col gap-0.5 py-1.5">
      <span className="flex items-center gap-1.5 font-medium text-degraded">
        <SlidersHorizontal size={13} aria-hidden />
        {isKnown ? (
          <PageLink className="text-accent underline" href={leverAddress(lever, env)}>
            {lever.kind}/{lever.name}
          </PageLink>
        ) : (
          <span>
            {lever.kind}/{lever.name}
          </span>
        )}
      </span>
      {change && (
        <span className="text-ink-2">
          r{change.revision} {change.reason || t("span.noReason")} ·{" "}
          <PageLink
            className="text-accent underline"
            href={`${addressOf("/changes", env)}&change=${encodeURIComponent(change.changeSetId)}`}
          >
            {t("span.toChange")}
          </PageLink>
        </span>
      )}
    </li>
  );
}
