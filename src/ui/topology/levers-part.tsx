"use client";

import { useQuery } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import type { LeverInForce } from "../api/contract.ts";
import { leverAddress } from "../frame/lever-address.ts";
import { PageLink } from "../frame/page-link.tsx";
import { FailureWords } from "../switches/failure-words.tsx";
import { topologyApi } from "./api.ts";
import { useDeviationWords } from "./node-words.tsx";

const EVERY_MS = 5_000;

/** Every lever in force at a service, at the moment that is shown: as etcd has them now, or as the history has them. */
export function LeversPart({
  env,
  service,
  atMs,
}: {
  env: string;
  service: string;
  atMs: number | undefined;
}) {
  const t = useTranslations("topology");
  const levers = useQuery({
    queryKey: ["topology-levers", env, service, atMs ?? "live"],
    queryFn: ({ signal }) => topologyApi.levers(env, service, atMs, { signal }),
    refetchInterval: atMs === undefined ? EVERY_MS : false,
    retry: false,
  });
  if (levers.isPending) return <p className="skeleton h-16" />;
  if (levers.data === undefined)
    return (
      <div className="text-ink-2">
        <FailureWords error={levers.error} />
      </div>
    );
  if (levers.data.length === 0) return <p className="text-12 text-ink-3">{t("noLevers")}</p>;
  return (
    <ul data-testid="levers-in-force">
      {levers.data.map((lever) => (
        <LeverLine key={`${lever.service}/${lever.kind}/${lever.name}`} env={env} lever={lever} />
      ))}
    </ul>
  );
}

function LeverLine({ env, lever }: { env: string; lever: LeverInForce }) {
  const words = useDeviationWords();
  const { service, kind, name, version, revision, deviations, reason } = lever;
  return (
    <li className="py-0.5" data-lever={`${service}/${kind}/${name}`} data-revision={revision}>
      <span className="flex items-baseline gap-2">
        <PageLink
          href={leverAddress({ service, kind, name }, env)}
          className="min-w-0 flex-1 truncate text-accent"
          title={reason}
        >
          {service === "*" ? "*/" : ""}
          {kind}/{name}
        </PageLink>
        <span className="whitespace-nowrap font-mono text-12 text-ink-2">
          v{version} · r{revision}
        </span>
      </span>
      {deviations.length > 0 && (
        <span className="text-12 text-degraded">
          {deviations.map((deviation) => words(name, deviation)).join(" · ")}
        </span>
      )}
    </li>
  );
}
