"use client";

import { useTranslations } from "next-intl";
import { Suspense } from "react";
import { Guarded } from "../admin/guarded.tsx";
import { Cell, Row, RowButton, Rows } from "../admin/rows.tsx";
import { useAddress } from "../frame/address.ts";
import { Empty, Failed, SkeletonRows } from "../kit/states.tsx";
import { lazyPart } from "../lazy-part.tsx";
import { useMayIn } from "../session/rights.ts";
import { FailureWords } from "../switches/failure-words.tsx";
import { ruleWords } from "./rule-words.ts";
import { SeverityMark } from "./severity-mark.tsx";
import { useAlertSettings, useStanding } from "./use-alerts.ts";

const RuleSheet = lazyPart(() => import("./rule-sheet.tsx").then((module) => module.RuleSheet));

/** When somebody is told: each rule in one line, and a sheet to change it. */
export function RulesTab({ env }: { env: string }) {
  const t = useTranslations("alerts");
  const { search, go } = useAddress();
  const settings = useAlertSettings(env);
  const standing = useStanding(env);
  const may = useMayIn("admin", env, ["*"]);
  if (settings.isPending) return <SkeletonRows rows={4} label={t("loading")} />;
  if (settings.data === undefined) {
    return (
      <Failed title={t("settingsFailed")} onRetry={() => void settings.refetch()}>
        <FailureWords error={settings.error} />
      </Failed>
    );
  }
  const opened = search.get("rule");
  const firing = (name: string): number =>
    standing.data?.alerts.filter(
      ({ rule, startsAt, endsAt }) => rule === name && startsAt !== undefined && endsAt === undefined,
    ).length ?? 0;
  return (
    <>
      <div className="flex flex-wrap items-center gap-3 px-4 py-3">
        <Guarded
          tone="primary"
          whyNot={may ? undefined : t("needsAdmin")}
          onClick={() => go({ rule: "new" })}
        >
          {t("newRule")}
        </Guarded>
        <a
          className="text-12 text-accent underline"
          href={`/api/alerts/rules?${new URLSearchParams({ env })}`}
          download
        >
          {t("exportRules")}
        </a>
      </div>
      {settings.data.rules.length === 0 ? (
        <Empty title={t("noRules")}>{t("noRulesDetail")}</Empty>
      ) : (
        <Rows
          label={t("tab.rules")}
          columns="110px minmax(140px,1fr) minmax(260px,3fr) 110px"
          heads={[t("severityHead"), t("rule"), t("when"), t("now")]}
        >
          {settings.data.rules.map((rule) => (
            <Row key={rule.name} name={rule.name} opens>
              <Cell>
                <SeverityMark severity={rule.severity} over={!rule.enabled} />
              </Cell>
              <Cell>
                <RowButton onClick={() => go({ rule: rule.name })}>{rule.name}</RowButton>
              </Cell>
              <Cell whole className="font-mono text-12 text-ink-2">
                {ruleWords(t, rule)}
              </Cell>
              <Cell className="text-12 text-ink-2">
                {!rule.enabled
                  ? t("off")
                  : firing(rule.name) > 0
                    ? t("firingCount", { count: firing(rule.name) })
                    : t("quiet")}
              </Cell>
            </Row>
          ))}
        </Rows>
      )}
      {opened !== null && (
        <Suspense>
          <RuleSheet
            key={opened}
            env={env}
            before={settings.data.rules.find(({ name }) => name === opened) ?? null}
            onClose={() => go({ rule: null })}
          />
        </Suspense>
      )}
    </>
  );
}
