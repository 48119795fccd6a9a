"use client";

import { useTranslations } from "next-intl";
import type { ResourceVersion } from "../api/contract.ts";
import { useAddress } from "../frame/address.ts";
import { Button } from "../kit/button.tsx";
import { Callout } from "../kit/callout.tsx";
import { classNames } from "../kit/class-names.ts";
import { Field, SelectInput } from "../kit/field.tsx";
import { RelativeTime } from "../kit/relative-time.tsx";
import { Empty, Failed, SkeletonRows } from "../kit/states.tsx";
import type { Made } from "../publish/use-send.ts";
import { FailureWords } from "../switches/failure-words.tsx";
import type { ConfigRow } from "./config-row.ts";
import { DiffBox } from "./diff-box.tsx";
import { useConfigs, useVersionAt, useVersions } from "./queries.ts";
import { Rollback } from "./rollback.tsx";
import { presentText, textOf } from "./version-text.ts";

interface HistoryProps {
  readonly env: string;
  readonly service: string;
  readonly name: string;
  /** As it stands; undefined where it was deleted. */
  readonly live: ConfigRow | undefined;
  readonly onMade: (made: Made) => void;
}

const readRevision = (text: string | null): number | undefined => {
  const revision = Number(text);
  return text !== null && Number.isInteger(revision) && revision > 0 ? revision : undefined;
};

/** Every version of a config, what differs between any two or to the present, and the way back to one. */
export function History({ env, service, name, live, onMade }: HistoryProps) {
  const t = useTranslations("config.history");
  const { search, go } = useAddress();
  const { board } = useConfigs(env);
  const versions = useVersions(env, service, name, live?.revision);
  const rows = versions.data?.pages.flatMap((page) => page.rows) ?? [];
  const at = readRevision(search.get("at"));
  const against = readRevision(search.get("against"));
  const find = (revision: number | undefined) => rows.find((row) => row.revision === revision);
  const missing = (revision: number | undefined) =>
    revision !== undefined && versions.data && !find(revision) ? revision : undefined;
  const farAt = useVersionAt(env, service, name, missing(at));
  const farAgainst = useVersionAt(env, service, name, missing(against));
  const chosen = find(at) ?? farAt.data;
  const other = find(against) ?? farAgainst.data;
  const behind = live !== undefined && rows[0] !== undefined && rows[0].revision < live.revision;
  if (versions.data === undefined) {
    return versions.isError ? (
      <Failed title={t("failed")} onRetry={() => void versions.refetch()}>
        <FailureWords error={versions.error} />
      </Failed>
    ) : (
      <SkeletonRows rows={6} label={t("loading")} />
    );
  }
  return (
    <section aria-label={t("title")} className="flex flex-col gap-4">
      {behind && <Callout role="status" title={t("behind")} />}
      {versions.isError && (
        <Callout tone="warning" role="status" title={t("stale")}>
          <FailureWords error={versions.error} />
        </Callout>
      )}
      {rows.length === 0 ? (
        <div className="-mx-4">
          <Empty title={t("none")}>{t("noneDetail")}</Empty>
        </div>
      ) : (
        <ol className="max-h-[40dvh] overflow-y-auto border-line border-y" aria-label={t("title")}>
          {rows.map((row) => (
            <VersionLine
              key={`${row.epoch} ${row.revision}`}
              row={row}
              live={row.revision === live?.revision}
              chosen={row.revision === at}
              onChoose={() => go({ at: String(row.revision), back: null }, "replace")}
            />
          ))}
          {versions.hasNextPage && (
            <li className="py-2">
              <Button disabled={versions.isFetchingNextPage} onClick={() => void versions.fetchNextPage()}>
                {t("older")}
              </Button>
            </li>
          )}
        </ol>
      )}
      {rows.length > 0 && !chosen && <p className="text-ink-2">{t("choose")}</p>}
      {chosen && search.get("back") === "1" ? (
        <Rollback
          env={env}
          live={live}
          to={chosen}
          onClose={() => go({ back: null })}
          onDone={(made) => {
            onMade(made);
            go({ back: null, at: null, against: null }, "replace");
          }}
        />
      ) : (
        chosen && (
          <>
            <div className="flex flex-wrap items-end gap-3">
              <div className="w-64 max-w-full">
                <Field label={t("compare", { version: chosen.version, revision: chosen.revision })}>
                  {(control) => (
                    <SelectInput
                      {...control}
                      value={against ?? ""}
                      onChange={(event) => go({ against: event.target.value }, "replace")}
                    >
                      <option value="">{live ? t("present") : t("nothing")}</option>
                      {rows.map((row) => (
                        <option key={`${row.epoch} ${row.revision}`} value={row.revision}>
                          v{row.version} · r{row.revision}
                        </option>
                      ))}
                    </SelectInput>
                  )}
                </Field>
              </div>
              <RollbackButton
                chosen={chosen}
                live={live}
                epoch={board.data?.epoch}
                onClick={() => go({ back: "1" })}
              />
            </div>
            <DiffBox
              before={textOf(chosen).text}
              after={against === undefined ? presentText(live) : textOf(other).text}
              format={textOf(chosen).format}
              beforeLabel={`v${chosen.version} · r${chosen.revision}`}
              afterLabel={
                against === undefined
                  ? live
                    ? t("presentLabel", { version: live.version, revision: live.revision })
                    : t("nothing")
                  : `v${other?.version ?? "?"} · r${against}`
              }
            />
          </>
        )
      )}
    </section>
  );
}

interface VersionLineProps {
  readonly row: ResourceVersion;
  readonly live: boolean;
  readonly chosen: boolean;
  readonly onChoose: () => void;
}

function VersionLine({ row, live, chosen, onChoose }: VersionLineProps) {
  const t = useTranslations("config.history");
  return (
    <li className="border-line not-first:border-t">
      <button
        type="button"
        data-version={row.version}
        aria-pressed={chosen}
        onClick={onChoose}
        className={classNames(
          "flex w-full flex-wrap items-baseline gap-x-3 px-2 py-1.5 text-start hover:bg-surface-2 max-md:min-h-11",
          chosen && "bg-surface-2",
        )}
      >
        <span className={classNames("min-w-0 flex-1 truncate", chosen && "font-semibold")} title={row.reason}>
          {row.op === "delete" && <span className="text-ink-2">{t("deleted")} </span>}
          {row.reason}
        </span>
        {live && <span className="text-12 text-ink-2">{t("live")}</span>}
        <span className="text-12 text-ink-3">
          {row.author.id} · <RelativeTime at={row.at} />
        </span>
        <span className="font-mono text-12 text-ink-3">
          v{row.version} · r{row.revision}
        </span>
      </button>
    </li>
  );
}

interface RollbackButtonProps {
  readonly chosen: ResourceVersion;
  readonly live: ConfigRow | undefined;
  readonly epoch: string | undefined;
  readonly onClick: () => void;
}

function RollbackButton({ chosen, live, epoch, onClick }: RollbackButtonProps) {
  const t = useTranslations("config.history");
  const why =
    chosen.op === "delete"
      ? t("cannotDeleted")
      : chosen.revision === live?.revision
        ? t("cannotLive")
        : epoch !== undefined && chosen.epoch !== epoch
          ? t("cannotEpoch")
          : undefined;
  return (
    <>
      <Button disabled={why !== undefined} onClick={onClick}>
        {t("rollBack", { revision: chosen.revision })}
      </Button>
      {why && <span className="self-center text-12 text-ink-3">{why}</span>}
    </>
  );
}
