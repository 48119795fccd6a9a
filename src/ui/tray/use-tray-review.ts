"use client";

import { murmur3 } from "@leverframe/agent/rules";
import { useQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useState } from "react";
import { ulid } from "ulid";
import { client } from "../api/client.ts";
import type { ConflictReport } from "../api/contract.ts";
import { failureOf } from "../api/errors.ts";
import { keys, useLink } from "../api/live.ts";
import { useStale } from "../api/queries.ts";
import { formatRef } from "../api/ref.ts";
import { isProduction } from "../frame/environment.tsx";
import { useNowMs } from "../kit/clock.ts";
import { LOOKING } from "../publish/change-step.tsx";
import { momentOf, untilAt, untilFault } from "../publish/until.ts";
import { isBusy, useSend } from "../publish/use-send.ts";
import { useMayIn } from "../session/rights.ts";
import { isEdited, isGrave, withEnd } from "./edit-diff.ts";
import { movedLevers } from "./moved.ts";
import { planTray } from "./plan.ts";
import { rebase } from "./rebase.ts";
import { requestOf, sendParts } from "./send-parts.ts";
import { keyOf, type TrayEdit } from "./tray-edit.ts";
import { added, isInFlight, settled, type TrayState } from "./tray-store.ts";
import { useTray } from "./use-tray.ts";

/** Why a tray can't be sent yet. */
export type Missing =
  | "readOnly"
  | "rights"
  | "lost"
  | "moved"
  | "past"
  | "looking"
  | "wrong"
  | "admin"
  | "override"
  | "reason"
  | "typed";

const LIVE_EVERY_MS = 30_000;
const LOST_EVERY_MS = 3_000;
const MINUTE_MS = 60_000;
const NOTHING_TOLD: readonly ConflictReport[] = [];

/** A tray from the look at what it would do to the answers, for the one sheet that shows it. */
export function useTrayReview(env: string) {
  const tray = useTray(env);
  const { state, edits: collected, change } = tray;
  const { state: sending, send, reset } = useSend();
  const [seed, setSeed] = useState(() => ulid());
  const stale = useStale(env) !== undefined;
  const nowMs = useNowMs();
  const at = momentOf(state.at);
  const atFault = state.at !== "" && (at === undefined || Date.parse(at) <= nowMs);
  const startMs = at === undefined ? nowMs : Date.parse(at);
  const untilWrong = untilFault(state.until, startMs) !== undefined;
  // What is looked at counts from this minute, so that it is not asked anew at each tick; what is sent, from its sending.
  const lookedAtMs = nowMs - (nowMs % MINUTE_MS);
  const edits = useMemo(
    () => withEnd(collected, untilAt(state.until, at === undefined ? lookedAtMs : Date.parse(at))),
    [collected, state.until, at, lookedAtMs],
  );
  const question = useMemo(() => murmur3(JSON.stringify(edits)), [edits]);
  const services = useMemo(() => [...new Set(edits.map(({ edit }) => edit.service))], [edits]);
  const operator = useMayIn("operator", env, services);
  const admin = useMayIn("admin", env, services);
  const inFlight = isInFlight(state);
  const busy = isBusy(sending);

  const board = useEveryLever(env, collected.length > 0);
  const lost = collected.some((entry) => entry.lost === true);
  const asked = useQuery({
    queryKey: ["tray-plan", env, seed, question, edits.length],
    queryFn: () =>
      planTray(edits, seed, (id, part) =>
        client.publish.dryRun.mutate(requestOf(env, id, part, { reason: LOOKING })),
      ),
    enabled: edits.length > 0 && operator && !stale && !atFault && !untilWrong && !lost && !inFlight,
    retry: false,
    gcTime: 0,
    staleTime: 2_000,
  });
  const failure = asked.isError ? failureOf(asked.error) : undefined;
  const told =
    sending.phase === "conflict"
      ? sending.conflicts
      : failure?.kind === "conflict"
        ? failure.conflicts
        : NOTHING_TOLD;
  const moved = useMemo(
    () => movedLevers(collected, board.data, byName(told)),
    [collected, board.data, told],
  );
  const plan = asked.data;
  const graves = useMemo(() => (isProduction(env) ? edits.filter(isGrave) : []), [env, edits]);
  const mustType = wordOf(graves);
  const refusals = plan?.refusals ?? [];

  const missing = whatIsMissing();
  function whatIsMissing(): Missing | undefined {
    if (stale) return "readOnly";
    if (!operator) return "rights";
    if (lost) return "lost";
    if (moved.size > 0) return "moved";
    if (atFault || untilWrong) return "past";
    if (asked.isError) return "wrong";
    if (plan === undefined) return "looking";
    if (refusals.length > 0 && !admin) return "admin";
    if (refusals.length > 0 && state.override.trim() === "") return "override";
    if (state.reason.trim() === "") return "reason";
    return mustType !== undefined && state.typed.trim() !== mustType ? "typed" : undefined;
  }

  const goOn = useCallback(async () => {
    const outcome = await send("tray", () => sendParts(env));
    // Signed out, or without an answer: it may have happened, and is asked for again as it is.
    if (outcome.phase === "unanswered" || outcome.phase === "idle") return;
    change(settled);
    setSeed(ulid());
  }, [env, send, change]);

  // Sent from a page that is gone: asking again is safe, and tells what became of it.
  const [mounted] = useState({ inFlight });
  useEffect(() => {
    if (!mounted.inFlight) return;
    const soon = setTimeout(() => void goOn());
    return () => clearTimeout(soon);
  }, [mounted, goOn]);

  const edit = useCallback(
    (next: Partial<Pick<TrayState, "reason" | "override" | "typed" | "until" | "at">>) =>
      change((before) => ({ ...before, ...next })),
    [change],
  );

  return {
    tray,
    edits,
    plan,
    asked,
    failure,
    refusals,
    moved,
    graves,
    mustType,
    admin,
    missing,
    atFault,
    startMs,
    sending,
    busy,
    inFlight,
    edit,
    goOn,
    submit: async () => {
      if (missing !== undefined || busy || inFlight || plan === undefined) return;
      const override = state.override.trim();
      const until = untilAt(state.until, at === undefined ? Date.now() : Date.parse(at));
      const asCollected = new Map(collected.map((entry) => [keyOf(entry), entry]));
      const toSend = (part: readonly TrayEdit[]) =>
        withEnd(
          part.flatMap((entry) => asCollected.get(keyOf(entry)) ?? []),
          until,
        );
      change((before) => ({
        ...before,
        edits: [],
        sent: {
          id: seed,
          reason: before.reason.trim(),
          ...(refusals.length > 0 && override !== "" ? { override } : {}),
          ...(at === undefined ? {} : { at }),
          parts: plan.parts.map((part) => ({ id: part.id, edits: toSend(part.edits) })),
        },
      }));
      await goOn();
    },
    /** Mine over what stands now, to be reviewed anew. */
    keepMine: async (entry: TrayEdit) => {
      const theirs = moved.get(keyOf(entry));
      if (theirs === undefined) return;
      const { mergeTexts } = await import("../config/merge-texts.ts");
      reset();
      const mine = collected.find((one) => keyOf(one) === keyOf(entry));
      const next = mine && rebase(mine, theirs, mergeTexts);
      if (next) change((before) => ({ ...before, edits: replaced(before.edits, next, isEdited(next)) }));
    },
    takeTheirs: (entry: TrayEdit) => {
      reset();
      tray.remove(entry.edit);
    },
    /** What was sent and answered is put away. */
    putAway: () => {
      reset();
      change(({ sent: _, ...before }) => before);
    },
  };
}

export type TrayReview = ReturnType<typeof useTrayReview>;

/** An edit that changes nothing any more is none. */
const replaced = (edits: readonly TrayEdit[], next: TrayEdit, keep: boolean): readonly TrayEdit[] =>
  keep ? added(edits, [next]) : edits.filter((entry) => keyOf(entry) !== keyOf(next));

const byName = (conflicts: readonly ConflictReport[]) =>
  new Map(
    conflicts.map(({ ref, theirs }) => [formatRef(ref), { revision: theirs.revision, body: theirs.body }]),
  );

/** What has to be typed first: the name of the one grave edit, or how many there are. */
const wordOf = (graves: readonly TrayEdit[]): string | undefined => {
  const [first] = graves;
  return graves.length > 1 ? String(graves.length) : first?.edit.name;
};

/** Every lever, whatever its kind, for as long as there is something to compare with. */
function useEveryLever(env: string, enabled: boolean) {
  const live = useLink().phase === "live";
  return useQuery({
    queryKey: [...keys.board(env), "every-kind"],
    queryFn: ({ signal }) => client.levers.board.query({ env }, { signal }),
    refetchInterval: live ? LIVE_EVERY_MS : LOST_EVERY_MS,
    enabled,
  });
}
