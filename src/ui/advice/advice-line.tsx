"use client";

import { useTranslations } from "next-intl";
import { Fragment } from "react";
import type { Advice } from "../api/contract.ts";
import { PageLink } from "../frame/page-link.tsx";

/** One piece of advice: what was seen with its figures, and the way to where one acts. */
export function AdviceLine({ env, advice }: { env: string; advice: Advice }) {
  const t = useTranslations("foresight.advice");
  const href = addressOf(env, advice);
  return (
    <li className="flex min-h-8 flex-wrap items-center gap-x-3 gap-y-1 border-line border-b py-1.5 text-13">
      <span className="min-w-0 flex-1 wrap-anywhere">
        <Words advice={advice} />
      </span>
      {href !== undefined && (
        <PageLink
          href={href}
          className="inline-flex items-center text-12 text-accent underline max-md:min-h-11"
        >
          {t("open")}
        </PageLink>
      )}
    </li>
  );
}

function Words({ advice }: { advice: Advice }) {
  const t = useTranslations("foresight.advice");
  switch (advice.kind) {
    case "timeout":
      return t("timeout", {
        callee: `${advice.callee.service}/${advice.callee.name}`,
        calleeMs: advice.callee.ms,
        caller: `${advice.caller.service}/${advice.caller.name}`,
        callerMs: advice.caller.ms,
      });
    case "cycle":
      return <Path path={advice.path} />;
    case "chain":
      return (
        <>
          <Path path={advice.path} />{" "}
          <span className="text-ink-3">{t("deep", { count: advice.path.length - 1 })}</span>
        </>
      );
    case "chatty":
      return (
        <>
          {t("chatty", { from: advice.from, to: advice.to, count: advice.perMonth })}
          {advice.together && <span className="text-ink-2"> · {t("alsoTogether")}</span>}
        </>
      );
    case "together":
      return t("together", {
        one: advice.services[0],
        other: advice.services[1],
        times: advice.times,
        of: advice.of,
      });
    case "unread":
      return t("unread", { ...advice.lever, days: advice.days });
  }
}

function Path({ path }: { path: readonly string[] }) {
  return path.map((service, at) => (
    <Fragment key={path.slice(0, at + 1).join(" ")}>
      {at > 0 && <span className="text-ink-3"> → </span>}
      {service}
    </Fragment>
  ));
}

/** Where one looks at it, or acts. */
function addressOf(env: string, advice: Advice): string | undefined {
  const page = (path: string, more: Readonly<Record<string, string>>): string =>
    `${path}?${new URLSearchParams({ env, ...more })}`.replaceAll("%2F", "/");
  switch (advice.kind) {
    case "timeout":
      return page("/resilience", {
        kind: "timeout",
        lever: `${advice.callee.service}/timeout/${advice.callee.name}`,
      });
    case "unread":
      return leverAddress(advice.lever, page);
    case "cycle":
    case "chain":
    case "chatty":
    case "together":
      return undefined;
  }
}

function leverAddress(
  { service, kind, name }: Extract<Advice, { kind: "unread" }>["lever"],
  page: (path: string, more: Readonly<Record<string, string>>) => string,
): string {
  if (kind === "switch") return page("/switches", { lever: `${service}/${kind}/${name}` });
  if (kind === "config") return page("/config", { service, name });
  return page("/resilience", { kind, lever: `${service}/${kind}/${name}` });
}
