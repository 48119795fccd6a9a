"use client";

import { useTranslations } from "next-intl";
import type { SessionView } from "../api/contract.ts";
import { useAddress } from "../frame/address.ts";
import { Callout } from "../kit/callout.tsx";
import { RelativeTime } from "../kit/relative-time.tsx";
import { Empty, SkeletonRows } from "../kit/states.tsx";
import { FailureWords } from "../switches/failure-words.tsx";
import { ApprovalRules } from "./approval-rules.tsx";
import { ProposalSheet } from "./proposal-sheet.tsx";
import { Cell, Row, RowButton, Rows } from "./rows.tsx";
import { useWaiting } from "./use-waiting.ts";

const SHOWN_LEVERS = 3;

/** What waits for a second person; what was overridden and waits to be looked at; and where two are asked. */
export function ApprovalsTab({ session }: { session: SessionView }) {
  const t = useTranslations("admin.approvals");
  const waiting = useWaiting();
  const { search, go } = useAddress();
  const [env, id] = (search.get("change") ?? "").split("/");
  return (
    <>
      {waiting.failed.map(({ env, error }) => (
        <div key={env} className="px-4 py-3">
          <Callout tone="failed" role="alert" title={t("failed", { env })}>
            <FailureWords error={error} />
          </Callout>
        </div>
      ))}
      {waiting.pending && <SkeletonRows rows={3} label={t("loading")} />}
      {!waiting.pending && waiting.failed.length === 0 && waiting.rows.length === 0 && (
        <Empty title={t("none")}>{t("noneDetail")}</Empty>
      )}
      {waiting.rows.length > 0 && (
        <Rows
          label={t("title")}
          columns="minmax(180px,2fr) 96px 120px minmax(160px,1.6fr) 100px 88px"
          heads={[t("reason"), t("env"), t("who"), t("levers"), t("kind"), t("since")]}
        >
          {waiting.rows.map((row) => (
            <Row key={`${row.env}/${row.id}`} name={row.id} opens>
              <Cell whole>
                <RowButton onClick={() => go({ change: `${row.env}/${row.id}` })}>{row.reason}</RowButton>
                {row.override !== null && (
                  <span className="block text-12 text-degraded">
                    {t("overridden", { reason: row.override })}
                  </span>
                )}
              </Cell>
              <Cell className="font-mono text-12">{row.env}</Cell>
              <Cell className="text-ink-2">{row.person}</Cell>
              <Cell whole className="font-mono text-12 text-ink-2">
                {row.levers.slice(0, SHOWN_LEVERS).join(", ")}
                {row.levers.length > SHOWN_LEVERS && t("more", { count: row.levers.length - SHOWN_LEVERS })}
              </Cell>
              <Cell className="text-12 text-pending">{t(`kinds.${row.kind}`)}</Cell>
              <Cell className="text-12 text-ink-3">
                <RelativeTime at={row.at} />
              </Cell>
            </Row>
          ))}
        </Rows>
      )}
      <ApprovalRules session={session} />
      {env && id && (
        <ProposalSheet
          key={`${env}/${id}`}
          env={env}
          id={id}
          session={session}
          onClose={() => go({ change: null })}
        />
      )}
    </>
  );
}
