"use client";

import { Crosshair, EyeOff } from "lucide-react";
import { useTranslations } from "next-intl";
import type { TopologyLook } from "../api/contract.ts";
import { PageLink } from "../frame/page-link.tsx";
import { addressOf } from "../frame/sections.ts";
import { Button } from "../kit/button.tsx";
import { CallList } from "./call-list.tsx";
import { LeversPart } from "./levers-part.tsx";
import { HealthIcon, KindIcon, useNodeWords } from "./node-words.tsx";
import { PanelHead, PanelPart } from "./panel-parts.tsx";
import type { View, ViewNode } from "./view.ts";

interface NodePanelProps {
  readonly env: string;
  readonly node: ViewNode;
  readonly view: View;
  readonly look: TopologyLook;
  readonly isFocused: boolean;
  readonly onEdge: (key: string) => void;
  readonly onFocus: () => void;
  readonly onHide: () => void;
  readonly onClose: () => void;
}

/** One node: how it does, who runs it, who calls it, whom it calls, which levers are in force there. */
export function NodePanel(props: NodePanelProps) {
  const { env, node, view, look, isFocused, onEdge, onFocus, onHide, onClose } = props;
  const t = useTranslations("topology");
  const words = useNodeWords()(node);
  const { facts } = node;
  const { instances, versions, zones, level, team } = facts;
  const isService = facts.kind === "service";
  const service = encodeURIComponent(node.id);
  const span = `from=${Math.floor(look.fromMs)}&to=${Math.ceil(look.toMs)}`;
  const about: readonly (readonly [string, string])[] = [
    ...(instances === undefined
      ? []
      : [
          [
            t("instances"),
            t("instancesOf", {
              live: instances.live,
              of: instances.live + instances.suspect + instances.unproved,
            }),
          ] as const,
        ]),
    ...(versions.length === 0 ? [] : [[t("versions"), versions.join(" ")] as const]),
    ...(zones.length === 0 ? [] : [[t("zones"), zones.join(" ")] as const]),
    ...(level === undefined ? [] : [[t("level"), level] as const]),
    ...(team === undefined ? [] : [[t("team"), team] as const]),
  ];
  return (
    <article aria-label={node.id} data-testid="node-panel">
      <PanelHead
        title={
          <>
            <KindIcon kind={facts.kind} size={16} />
            {node.id}
          </>
        }
        onClose={onClose}
      >
        <p className="text-12 text-ink-2">{t(`kind.${facts.kind}`)}</p>
      </PanelHead>
      {words.length > 0 && (
        <ul className="pb-2">
          {words.map((one) => (
            <li key={one} className="flex items-center gap-2">
              <HealthIcon health={node.health} />
              {one}
            </li>
          ))}
        </ul>
      )}
      <div className="flex flex-wrap gap-2 pb-3">
        <Button onClick={onFocus} aria-pressed={isFocused}>
          <Crosshair size={14} aria-hidden />
          {t(isFocused ? "unfocus" : "focusHere")}
        </Button>
        <Button tone="quiet" onClick={onHide}>
          <EyeOff size={14} aria-hidden />
          {t("hide")}
        </Button>
      </div>
      {about.length > 0 && (
        <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-0.5 border-line border-t py-2 text-12">
          {about.map(([name, value]) => (
            <div key={name} className="contents">
              <dt className="text-ink-3">{name}</dt>
              <dd className="wrap-anywhere">{value}</dd>
            </div>
          ))}
        </dl>
      )}
      <PanelPart title={t("callers")}>
        <CallList edges={view.edges.filter(({ edge }) => edge.to === node.id)} end="from" onEdge={onEdge} />
      </PanelPart>
      <PanelPart title={t("callees")}>
        <CallList edges={view.edges.filter(({ edge }) => edge.from === node.id)} end="to" onEdge={onEdge} />
      </PanelPart>
      {isService && (
        <PanelPart title={t(look.atMs === undefined ? "leversNow" : "leversThen")}>
          <LeversPart env={env} service={node.id} atMs={look.atMs} />
        </PanelPart>
      )}
      {isService && (
        <nav aria-label={t("further")} className="flex flex-wrap gap-x-4 gap-y-1 border-line border-t py-3">
          <PageLink
            className="text-accent underline"
            href={`${addressOf("/services", env)}&service=${service}`}
          >
            {t("toService")}
          </PageLink>
          <PageLink
            className="text-accent underline"
            href={`${addressOf("/charts", env)}&service=${service}`}
          >
            {t("toMetrics")}
          </PageLink>
          <PageLink
            className="text-accent underline"
            href={`${addressOf("/traces", env)}&service=${service}&${span}`}
          >
            {t("toTraces")}
          </PageLink>
        </nav>
      )}
    </article>
  );
}
