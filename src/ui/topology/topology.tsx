"use client";

import { useFormatter, useTranslations } from "next-intl";
import { useCallback, useMemo } from "react";
import { AdviceButton } from "../advice/advice-button.tsx";
import { useStale } from "../api/queries.ts";
import { useAddress } from "../frame/address.ts";
import { DatedLine } from "../kit/dated-line.tsx";
import { Empty, Failed, SkeletonRows } from "../kit/states.tsx";
import { FailureWords } from "../switches/failure-words.tsx";
import { Controls } from "./controls.tsx";
import { TopologyMap } from "./map.tsx";
import { Notes } from "./notes.tsx";
import { Scrubber } from "./scrubber.tsx";
import { Side } from "./side.tsx";
import { EARLIER, stateOf, WINDOWS } from "./state.ts";
import { useLook } from "./use-look.ts";
import { usePlacement } from "./use-placement.ts";
import { isFound, viewOf } from "./view.ts";

/** What tells calls. */
const EMPTY_LINE = 'import { startTelemetry } from "@leverframe/agent/otel"; startTelemetry(agent);';

/** The graph, what is said of it, and the time line beneath. */
export function Topology({ env, nowMs }: { env: string; nowMs: number }) {
  const t = useTranslations("topology");
  const format = useFormatter();
  const { search, go } = useAddress();
  const state = useMemo(() => stateOf(search), [search]);
  const { atMs, earlier, node, edge } = state;
  const windowMs = WINDOWS[state.window];
  const look = useLook(env, atMs, windowMs);
  // By half minutes, so that what is compared with does not change with each answer.
  const thenMs = earlier === undefined ? 0 : Math.floor((atMs ?? nowMs) / 30_000) * 30_000 - EARLIER[earlier];
  const then = useLook(env, Math.max(1, thenMs), windowMs, earlier !== undefined);
  const before = earlier === undefined ? undefined : then.data;
  const { data } = look;
  const view = useMemo(
    () => (data === undefined ? undefined : viewOf(data, before, state.cut)),
    [data, before, state.cut],
  );
  const stale = useStale(env);
  const picture = [
    env,
    state.by,
    state.cut.focus ?? "",
    state.cut.focus && state.cut.up,
    state.cut.focus && state.cut.down,
  ].join(" ");
  const placed = usePlacement(picture, view, state.by);
  const onNode = useCallback(
    (id: string | undefined) => go({ node: id ?? null, from: null, to: null }),
    [go],
  );
  const onEdge = useCallback(
    (key: string) => {
      const [from = "", to = ""] = key.split("\n");
      go({ node: null, from, to });
    },
    [go],
  );
  if (data === undefined || view === undefined) {
    if (look.isError)
      return (
        <Failed title={t("failed")} onRetry={() => void look.refetch()}>
          <FailureWords error={look.error} />
        </Failed>
      );
    return <SkeletonRows rows={8} label={t("loading")} />;
  }
  const isEmpty = data.nodes.length === 0;
  return (
    <div className="flex min-h-0 flex-1 flex-col lg:h-[calc(100dvh-36px)] lg:flex-none">
      <header className="flex flex-wrap items-center gap-x-6 gap-y-3 px-4 pt-4 pb-3">
        <h1 className="font-semibold text-20 max-md:text-16">{t("title")}</h1>
        <Controls
          state={state}
          onChange={go}
          onArrange={placed.arrange}
          onFirst={(query) => {
            const first = view.nodes.find(({ id }) => isFound(id, query));
            if (first !== undefined && query !== "") onNode(first.id);
          }}
        />
        <AdviceButton env={env} />
      </header>
      {stale !== undefined && <DatedLine sinceMs={stale.sinceMs} />}
      <Notes look={data} placed={placed} before={before} />
      {isEmpty ? (
        <div className="flex-1">
          <Empty title={t("empty")} line={EMPTY_LINE}>
            {t("emptyDetail")}
          </Empty>
        </div>
      ) : (
        <div className="flex min-h-0 flex-1 border-line border-t max-lg:flex-col">
          <div
            className={`relative flex min-w-0 flex-1 flex-col max-lg:h-[52dvh] max-lg:flex-none ${atMs === undefined ? "" : "ring-2 ring-accent ring-inset"}`}
          >
            <TopologyMap
              view={view}
              placement={placed.placement}
              fitKey={placed.made}
              query={state.query}
              node={node}
              edge={edge}
              isComparing={before !== undefined}
              onNode={onNode}
              onEdge={onEdge}
            />
            {placed.made === "" && (
              <p role="status" className="absolute inset-x-0 top-1/2 text-center text-ink-2">
                {placed.failed ? t("layoutFailed") : t("arranging")}
              </p>
            )}
            {atMs !== undefined && (
              <p
                data-testid="past"
                className="absolute top-3 left-3 rounded-4 bg-accent px-2 py-0.5 font-medium text-12 text-on-accent"
              >
                {t("asOf", {
                  when: format.dateTime(new Date(atMs), {
                    dateStyle: "medium",
                    timeStyle: "medium",
                    hourCycle: "h23",
                  }),
                  revision: data.revision,
                })}
              </p>
            )}
          </div>
          <Side
            env={env}
            state={state}
            view={view}
            look={data}
            before={before}
            onNode={onNode}
            onEdge={onEdge}
            go={go}
          />
        </div>
      )}
      <Scrubber
        env={env}
        nowMs={nowMs}
        atMs={atMs}
        reach={state.reach}
        onAt={(at) => go({ at: at === undefined ? null : String(Math.round(at)) }, "replace")}
        onReach={(reach) => go({ reach: reach === "1h" ? null : reach })}
      />
    </div>
  );
}
