"use client";

import {
  BellRing,
  CircleSlash2,
  CircuitBoard,
  FileWarning,
  Ghost,
  Hand,
  type LucideIcon,
  PauseCircle,
  ToggleLeft,
  Unplug,
} from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { leverAddress } from "../frame/lever-address.ts";
import { PageLink } from "../frame/page-link.tsx";
import { addressOf } from "../frame/sections.ts";
import { RelativeTime } from "../kit/relative-time.tsx";
import type { Deviation } from "./facts.ts";
import { Part } from "./part.tsx";

const LOOKS: Readonly<Record<Deviation["kind"], { readonly Icon: LucideIcon; readonly look: string }>> = {
  alert: { Icon: BellRing, look: "text-failed" },
  invalid: { Icon: FileWarning, look: "text-failed" },
  breaker: { Icon: CircuitBoard, look: "text-failed" },
  unproved: { Icon: Ghost, look: "text-failed" },
  holding: { Icon: PauseCircle, look: "text-degraded" },
  held: { Icon: CircleSlash2, look: "text-failed" },
  degraded: { Icon: ToggleLeft, look: "text-degraded" },
  forced: { Icon: Hand, look: "text-degraded" },
  suspect: { Icon: Unplug, look: "text-degraded" },
};

const SHOWN = 10;

interface NotNormalProps {
  readonly env: string;
  /** Undefined until it is known. */
  readonly deviations: readonly Deviation[] | undefined;
}

/** What is not normal, the worst first; each line leads to where it is put right. */
export function NotNormal({ env, deviations }: NotNormalProps) {
  const t = useTranslations("overview");
  const [all, setAll] = useState(false);
  const shown = all ? deviations : deviations?.slice(0, SHOWN);
  return (
    <Part
      title={t("notNormal")}
      pending={deviations === undefined}
      nothing={deviations?.length === 0 ? t("allNormal") : undefined}
    >
      <ul>
        {shown?.map((one) => (
          <Line key={keyOf(one)} env={env} deviation={one} />
        ))}
      </ul>
      {(deviations?.length ?? 0) > SHOWN && (
        <button
          type="button"
          className="min-h-8 rounded-4 text-12 text-accent max-md:min-h-11"
          aria-expanded={all}
          onClick={() => setAll(!all)}
        >
          {all ? t("fewer") : t("all", { count: deviations?.length ?? 0 })}
        </button>
      )}
    </Part>
  );
}

const keyOf = (one: Deviation): string =>
  "row" in one
    ? `${one.kind} ${one.row.service}/${one.row.kind}/${one.row.name}`
    : `${one.kind} ${one.service} ${"name" in one ? one.name : ""}`;

function Line({ env, deviation }: { env: string; deviation: Deviation }) {
  const t = useTranslations("overview");
  const { Icon, look } = LOOKS[deviation.kind];
  const { href, name, detail } = useWords(env, deviation);
  return (
    <li className="relative flex min-h-8 flex-wrap items-center gap-x-2 border-line border-b hover:bg-surface-2 max-md:min-h-11">
      <Icon size={14} className={`shrink-0 ${look}`} aria-hidden />
      <span className={`font-medium ${look}`}>{t(`word.${deviation.kind}`)}</span>
      <PageLink href={href} className="min-w-0 truncate rounded-4 after:absolute after:inset-0">
        {name}
      </PageLink>
      <span className="min-w-0 truncate text-12 text-ink-2">{detail}</span>
      {"row" in deviation && deviation.row.updatedAt !== "" && (
        <span className="ms-auto text-12 text-ink-3">
          <RelativeTime at={deviation.row.updatedAt} />
        </span>
      )}
    </li>
  );
}

function useWords(
  env: string,
  one: Deviation,
): { readonly href: string; readonly name: string; readonly detail: string } {
  const t = useTranslations("overview");
  if ("row" in one) {
    const { row } = one;
    const where = row.service === "*" ? t("everyService") : row.service;
    return {
      href: leverAddress(row, env),
      name: `${row.name} · ${where}`,
      detail: one.kind === "held" ? t("heldBy", { count: row.convergence.held }) : row.reason,
    };
  }
  switch (one.kind) {
    case "alert":
      return { href: addressOf("/alerts", env), name: one.name, detail: one.service };
    case "breaker":
      return {
        href: addressOf("/resilience", env),
        name: `${one.name} · ${one.service}`,
        detail: t("openAt", { open: one.open, of: one.of }),
      };
    case "unproved":
    case "suspect":
    case "holding":
      return {
        href: `${addressOf("/services", env)}&service=${encodeURIComponent(one.service)}`,
        name: one.service,
        detail: one.instances.slice(0, 3).join(", ") + (one.instances.length > 3 ? " …" : ""),
      };
  }
}
