"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useFormatter, useTranslations } from "next-intl";
import { Suspense, useState } from "react";
import type { SessionView } from "../api/contract.ts";
import { useAddress } from "../frame/address.ts";
import { Button } from "../kit/button.tsx";
import { Empty, Failed, SkeletonRows } from "../kit/states.tsx";
import { lazyPart } from "../lazy-part.tsx";
import { FailureWords } from "../switches/failure-words.tsx";
import { adminApi, adminKeys, type TokenRow } from "./api.ts";
import { FailureNote } from "./failure-note.tsx";
import { Cell, PhoneHead, Row, Rows } from "./rows.tsx";
import { useScopeWords } from "./scope-words.tsx";

const NewToken = lazyPart(() => import("./new-token.tsx").then((module) => module.NewToken));

/** What programs sign in with: one's own, and for admins of everything all of them. */
export function TokensTab({ session }: { session: SessionView }) {
  const t = useTranslations("admin.tokens");
  const { search, go } = useAddress();
  const tokens = useQuery({
    queryKey: adminKeys.tokens,
    queryFn: ({ signal }) => adminApi.tokens({ signal }),
  });
  return (
    <>
      <div className="flex flex-wrap items-center gap-3 px-4 py-3">
        <Button tone="primary" onClick={() => go({ new: "token" })}>
          {t("create")}
        </Button>
        <span className="text-12 text-ink-3">{session.controlAdmin ? t("all") : t("own")}</span>
      </div>
      {tokens.isPending && <SkeletonRows rows={4} label={t("loading")} />}
      {tokens.isError && tokens.data === undefined && (
        <Failed title={t("failed")} onRetry={() => void tokens.refetch()}>
          <FailureWords error={tokens.error} />
        </Failed>
      )}
      {tokens.data?.length === 0 && (
        <Empty title={t("none")} line="LEVERFRAME_TOKEN=lf_… npx leverframe export">
          {t("noneDetail")}
        </Empty>
      )}
      {tokens.data && tokens.data.length > 0 && (
        <Rows
          label={t("title")}
          columns="minmax(140px,1.2fr) minmax(90px,0.8fr) minmax(180px,1.8fr) minmax(90px,0.8fr) 116px 116px"
          heads={[t("name"), t("owner"), t("scopes"), t("madeBy"), t("expires"), t("revoke")]}
        >
          {tokens.data.map((token) => (
            <TokenLine key={token.key} token={token} />
          ))}
        </Rows>
      )}
      {search.get("new") === "token" && (
        <Suspense>
          <NewToken session={session} onClose={() => go({ new: null })} />
        </Suspense>
      )}
    </>
  );
}

function TokenLine({ token }: { token: TokenRow }) {
  const t = useTranslations("admin.tokens");
  const format = useFormatter();
  const words = useScopeWords();
  const cache = useQueryClient();
  const [sure, setSure] = useState(false);
  const revoke = useMutation({
    mutationFn: () => adminApi.revokeToken(token.key),
    onSettled: () => cache.invalidateQueries({ queryKey: adminKeys.tokens }),
  });
  return (
    <Row name={token.name}>
      <Cell whole>
        <span className="block font-medium">{token.name}</span>
        <span className="font-mono text-12 text-ink-3">{token.id}</span>
      </Cell>
      <Cell className="text-ink-2">
        {token.breakGlass ? t("breakGlass") : token.owner === null ? t("machine") : token.owner}
      </Cell>
      <Cell whole className="font-mono text-12 text-ink-2">
        {token.scopes.map((scope) => (
          <span key={words.short(scope)} className="me-4 inline-block">
            {words.short(scope)}
          </span>
        ))}
      </Cell>
      <Cell className="text-12 text-ink-2">
        <PhoneHead>{t("madeBy")}</PhoneHead>
        {token.createdBy ?? t("unknown")}
      </Cell>
      <Cell className={token.expired ? "font-semibold text-12 text-failed" : "text-12 text-ink-2"}>
        {!token.expired && <PhoneHead>{t("expires")}</PhoneHead>}
        {token.expiresAt === null
          ? t("never")
          : token.expired
            ? t("expired")
            : format.dateTime(new Date(token.expiresAt), { dateStyle: "medium" })}
      </Cell>
      <Cell className="max-lg:ms-auto">
        <Button
          aria-label={sure ? t("sureFor", { name: token.name }) : t("revokeFor", { name: token.name })}
          disabled={revoke.isPending}
          onClick={() => (sure ? revoke.mutate() : setSure(true))}
        >
          {sure ? t("sure") : t("revoke")}
        </Button>
      </Cell>
      {revoke.isError && (
        <div className="basis-full lg:col-span-6">
          <FailureNote title={t("notRevoked")} error={revoke.error} />
        </div>
      )}
    </Row>
  );
}
