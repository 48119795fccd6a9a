"use client";

import { CalendarClock, LoaderCircle, SlidersHorizontal, Timer } from "lucide-react";
import { useFormatter, useTranslations } from "next-intl";
import type { ReactNode } from "react";
import type { Upcoming } from "../api/contract.ts";
import { leverAddress } from "../frame/lever-address.ts";
import { PageLink } from "../frame/page-link.tsx";
import { addressOf } from "../frame/sections.ts";
import { useNowMs } from "../kit/clock.ts";
import type { Motion } from "./facts.ts";
import { Part } from "./part.tsx";

interface InMotionProps {
  readonly env: string;
  readonly motions: readonly Motion[] | undefined;
  readonly schedules: readonly Upcoming[];
}

const SHOWN = 10;

/** What is under way: changes without full proof, gray releases, and what happens by itself. */
export function InMotion({ env, motions, schedules }: InMotionProps) {
  const t = useTranslations("overview");
  const quiet = motions?.length === 0 && schedules.length === 0;
  return (
    <Part
      title={t("inMotion")}
      pending={motions === undefined}
      nothing={quiet ? t("nothingMoves") : undefined}
    >
      <ul>
        {motions?.slice(0, SHOWN).map((motion) => (
          <MotionLine
            key={`${motion.kind} ${motion.row.service}/${motion.row.kind}/${motion.row.name}`}
            env={env}
            motion={motion}
          />
        ))}
        {schedules.slice(0, SHOWN).map(({ id, at, overdue }) => (
          <Line
            key={id}
            icon={<CalendarClock size={14} className="shrink-0 text-ink-3" aria-hidden />}
            href={addressOf("/changes", env)}
            name={t("scheduled")}
          >
            {overdue ? <span className="font-semibold text-failed">{t("overdue")}</span> : <When at={at} />}
          </Line>
        ))}
      </ul>
    </Part>
  );
}

function MotionLine({ env, motion }: { env: string; motion: Motion }) {
  const t = useTranslations("overview");
  const format = useFormatter();
  const { row } = motion;
  const name = `${row.name} · ${row.service === "*" ? t("everyService") : row.service}`;
  const href = leverAddress(row, env);
  switch (motion.kind) {
    case "unproved": {
      const { applied, targets: total } = row.convergence;
      return (
        <Line
          icon={<LoaderCircle size={14} className="shrink-0 text-pending" aria-hidden />}
          href={href}
          name={name}
        >
          <span className="text-pending">{t("appliedAt", { applied, total })}</span>
        </Line>
      );
    }
    case "rollout":
      return (
        <Line
          icon={<SlidersHorizontal size={14} className="shrink-0 text-candidate" aria-hidden />}
          href={addressOf("/rollouts", env)}
          name={name}
        >
          {t("share", { share: format.number(motion.shareBp / 100, { maximumFractionDigits: 2 }) })}
        </Line>
      );
    case "ends":
      return (
        <Line icon={<Timer size={14} className="shrink-0 text-ink-3" aria-hidden />} href={href} name={name}>
          <When at={motion.at} />
        </Line>
      );
  }
}

function When({ at }: { at: string }) {
  const t = useTranslations("overview");
  const format = useFormatter();
  const nowMs = useNowMs();
  const moment = new Date(at);
  return (
    <time dateTime={at} title={format.dateTime(moment, { dateStyle: "medium", timeStyle: "medium" })}>
      {t("at", { when: format.relativeTime(moment, { now: nowMs, style: "narrow" }) })}
    </time>
  );
}

function Line({
  icon,
  href,
  name,
  children,
}: {
  icon: ReactNode;
  href: string;
  name: string;
  children: ReactNode;
}) {
  return (
    <li className="relative flex min-h-8 flex-wrap items-center gap-x-2 border-line border-b hover:bg-surface-2 max-md:min-h-11">
      {icon}
      <PageLink href={href} className="min-w-0 truncate rounded-4 after:absolute after:inset-0">
        {name}
      </PageLink>
      <span className="ms-auto whitespace-nowrap text-12 text-ink-2">{children}</span>
    </li>
  );
}
