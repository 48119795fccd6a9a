"use client";

import { ArrowLeft, Braces, Copy, LockKeyhole, Trash2 } from "lucide-react";
import { useFormatter, useTranslations } from "next-intl";
import { Suspense, useState } from "react";
import type { LeverRow } from "../api/contract.ts";
import { failureOf } from "../api/errors.ts";
import { useConvergence, useLever } from "../api/queries.ts";
import { useAddress } from "../frame/address.ts";
import { useSession } from "../frame/environment.tsx";
import { Button } from "../kit/button.tsx";
import { Callout } from "../kit/callout.tsx";
import { usePageTitle } from "../kit/page-title.ts";
import { ReceiptBar } from "../kit/receipt-bar.tsx";
import { Segmented } from "../kit/segmented.tsx";
import { Empty, Failed, SkeletonRows } from "../kit/states.tsx";
import { lazyPart } from "../lazy-part.tsx";
import type { Made } from "../publish/use-send.ts";
import { useMayIn } from "../session/rights.ts";
import { FailureWords } from "../switches/failure-words.tsx";
import { LeverProof } from "../switches/lever-proof.tsx";
import { Reach } from "../switches/reach.tsx";
import { type ConfigRow, configRow } from "./config-row.ts";
import { Editor } from "./editor.tsx";
import { useConfigs } from "./queries.ts";

const History = lazyPart(() => import("./history.tsx").then((module) => module.History));
const DeleteConfig = lazyPart(() => import("./delete-config.tsx").then((module) => module.DeleteConfig));
const CopyConfig = lazyPart(() => import("./copy-config.tsx").then((module) => module.CopyConfig));
const SchemaSheet = lazyPart(() => import("./schema-sheet.tsx").then((module) => module.SchemaSheet));

interface ConfigDetailProps {
  readonly env: string;
  readonly service: string;
  readonly name: string;
}

/** Everything about one config: what it says, the proof of its last change, its past, and the next edit. */
export function ConfigDetail({ env, service, name }: ConfigDetailProps) {
  const t = useTranslations("config");
  const { go } = useAddress();
  const { board, rows } = useConfigs(env);
  const detail = useLever(env, { service, kind: "config", name });
  const [made, setMade] = useState<Made>();
  usePageTitle(`${name} · ${t("title")}`);
  const row = newest(
    rows.find((one) => one.service === service && one.name === name),
    detail.data?.lever,
    board.data?.revision,
  );
  return (
    <>
      <div className="px-4 pt-3">
        <Button
          tone="quiet"
          className="-ms-3"
          onClick={() =>
            go({
              service: null,
              name: null,
              view: null,
              step: null,
              at: null,
              against: null,
              back: null,
              copy: null,
              shape: null,
              delete: null,
            })
          }
        >
          <ArrowLeft size={14} aria-hidden />
          {t("all")}
        </Button>
      </div>
      {row ? (
        <Present env={env} row={row} detail={detail.data} made={made} onMade={setMade} />
      ) : board.isPending || detail.isPending ? (
        <SkeletonRows rows={8} label={t("loading")} />
      ) : detail.isError && failureOf(detail.error).kind !== "not-found" ? (
        <Failed title={t("failed")} onRetry={() => void detail.refetch()}>
          <FailureWords error={detail.error} />
        </Failed>
      ) : (
        <Gone env={env} service={service} name={name} made={made} onMade={setMade} />
      )}
    </>
  );
}

/** Two answers about one config may overtake each other: the later revision is the truth, and the board knows of deletion. */
function newest(
  listed: ConfigRow | undefined,
  asked: LeverRow | undefined,
  boardRevision: number | undefined,
): ConfigRow | undefined {
  const alone = asked && configRow(asked);
  if (!listed) return alone && alone.revision > (boardRevision ?? 0) ? alone : undefined;
  return alone && alone.revision > listed.revision ? alone : listed;
}

interface PresentProps {
  readonly env: string;
  readonly row: ConfigRow;
  readonly detail: ReturnType<typeof useLever>["data"];
  readonly made: Made | undefined;
  readonly onMade: (made: Made | undefined) => void;
}

function Present({ env, row, detail, made, onMade }: PresentProps) {
  const t = useTranslations("config");
  const format = useFormatter();
  const { search, go } = useAddress();
  const view = search.get("view") === "history" ? "history" : "edit";
  return (
    <>
      <header className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 pb-3">
        <div className="min-w-0 flex-1 max-md:basis-full">
          <h1 className="flex min-w-0 items-center gap-2 font-semibold text-20 max-md:text-16">
            <span className="truncate" title={row.name}>
              {row.name}
            </span>
            {row.secret && <LockKeyhole size={16} className="shrink-0 text-ink-2" aria-label={t("secret")} />}
          </h1>
          <p className="flex flex-wrap gap-x-3 text-12 text-ink-2">
            <span>{row.service === "*" ? t("everyService") : row.service}</span>
            <span>{t(`formats.${row.format}`)}</span>
            {row.owner && <span>{row.owner}</span>}
            <span className="font-mono text-ink-3" data-testid="config-version">
              v{row.version} · r{row.revision}
            </span>
            {row.description && <span className="basis-full pt-1 text-13 text-ink">{row.description}</span>}
          </p>
        </div>
        <Segmented
          label={t("view")}
          value={view}
          onChange={(next) =>
            go({ view: next === "edit" ? null : next, step: null, at: null, against: null, back: null })
          }
          options={[
            { value: "edit", label: t("views.edit") },
            { value: "history", label: t("views.history") },
          ]}
        />
        <Actions env={env} row={row} />
      </header>
      <div className="grid gap-x-8 gap-y-6 border-line border-t px-4 pt-4 pb-16 xl:grid-cols-[minmax(0,1fr)_360px]">
        <aside className="flex min-w-0 flex-col gap-6 xl:order-last">
          <LeverProof env={env} row={row} reports={detail?.reports} published={made} />
          <Reach row={row} detail={detail} />
          {row.rollout && (
            <Callout title={t("inRollout", { share: row.rollout.shareBp / 10_000 })}>
              {t("inRolloutDetail")}
            </Callout>
          )}
          {row.endsAt !== undefined && (
            <Callout
              title={t("ends", {
                at: format.dateTime(new Date(row.endsAt), { dateStyle: "medium", timeStyle: "short" }),
              })}
            >
              {t("endsDetail")}
            </Callout>
          )}
        </aside>
        <div className="min-w-0">
          {view === "edit" ? (
            <Editor env={env} row={row} detail={detail} onMade={onMade} />
          ) : (
            <Suspense fallback={<SkeletonRows rows={6} label={t("loading")} />}>
              <History env={env} service={row.service} name={row.name} live={row} onMade={onMade} />
            </Suspense>
          )}
        </div>
      </div>
      <Suspense>
        {search.get("delete") === "1" && (
          <DeleteConfig
            env={env}
            row={row}
            detail={detail}
            onClose={() => go({ delete: null })}
            onDeleted={(deleted) => {
              onMade(deleted);
              go({ delete: null, view: null, step: null }, "replace");
            }}
          />
        )}
        {search.get("shape") === "1" && row.value !== undefined && (
          <SchemaSheet
            env={env}
            row={row}
            onClose={() => go({ shape: null })}
            onMade={(published) => {
              onMade(published);
              go({ shape: null }, "replace");
            }}
          />
        )}
        {search.get("copy") === "1" && (
          <CopyConfig
            env={env}
            row={row}
            onClose={() => go({ copy: null })}
            onCopied={(target) => go({ env: target, copy: null, view: null, step: null })}
          />
        )}
      </Suspense>
    </>
  );
}

function Actions({ env, row }: { env: string; row: ConfigRow }) {
  const t = useTranslations("config");
  const step = useTranslations("publish");
  const { go } = useAddress();
  const session = useSession();
  const operator = useMayIn("operator", env, [row.service]);
  const alone = (session.data?.environments.length ?? 0) < 2;
  return (
    <div className="flex flex-wrap gap-2">
      <Button
        disabled={row.value === undefined || row.format === "text"}
        title={row.secret ? t("shape.secret") : undefined}
        onClick={() => go({ shape: "1" })}
      >
        <Braces size={14} aria-hidden />
        {t("shape.open")}
      </Button>
      <Button
        disabled={row.secret || row.value === undefined || alone}
        title={row.secret ? t("copySecret") : alone ? t("copyAlone") : undefined}
        onClick={() => go({ copy: "1" })}
      >
        <Copy size={14} aria-hidden />
        {t("copy.open")}
      </Button>
      <Button
        disabled={!operator}
        title={operator ? undefined : step("needsOperator")}
        onClick={() => go({ delete: "1" })}
      >
        <Trash2 size={14} aria-hidden />
        {t("delete.open")}
      </Button>
    </div>
  );
}

interface GoneProps extends ConfigDetailProps {
  readonly made: Made | undefined;
  readonly onMade: (made: Made) => void;
}

/** There is no such config: the receipts of its deletion, and its past, from which it can come back. */
function Gone({ env, service, name, made, onMade }: GoneProps) {
  const t = useTranslations("config");
  const proof = useConvergence(env, made?.id);
  return (
    <div className="flex flex-col gap-6 px-4 pb-16">
      <div className="-mx-4">
        <Empty title={t("gone", { name })}>{t("goneDetail")}</Empty>
      </div>
      {made && proof.data && (
        <section aria-label={t("delete.proof")} className="flex max-w-2xl flex-col gap-2">
          <h2 className="label-12">{t("delete.proof")}</h2>
          <ReceiptBar summary={proof.data} targets={proof.data.reports} />
        </section>
      )}
      <Suspense fallback={<SkeletonRows rows={6} label={t("loading")} />}>
        <History env={env} service={service} name={name} live={undefined} onMade={onMade} />
      </Suspense>
    </div>
  );
}
