"use client";

import { useTranslations } from "next-intl";
import { useCallback, useMemo, useRef } from "react";
import { useSession } from "../frame/environment.tsx";
import { mayIn } from "../session/rights.ts";
import type { Item } from "./board-items.ts";
import { between, type Selection } from "./selection.ts";

/** How rows are picked: one by one, in a range with Shift, a whole group, or by the keyboard. */
export interface Picking {
  /** Why levers of a service can't be picked by whoever is signed in; undefined where they can. */
  readonly refusedFor: (service: string) => string | undefined;
  readonly pick: (key: string, picked: boolean, range: boolean) => void;
  readonly pickAll: (keys: readonly string[], picked: boolean) => void;
  readonly byKey: (key: string, how: "toggle" | "extend") => void;
  readonly countOf: (keys: readonly string[]) => number;
}

export function usePicking(env: string, items: readonly Item[], { keys, set }: Selection): Picking {
  const t = useTranslations("board");
  const scopes = useSession().data?.scopes;
  const last = useRef<string>(undefined);
  const refusal = t("notYours");
  const refusedFor = useCallback(
    (service: string) =>
      scopes === undefined || mayIn(scopes, "operator", env, [service]) ? undefined : refusal,
    [scopes, env, refusal],
  );
  const pick = useCallback(
    (key: string, picked: boolean, range: boolean) => {
      const order = items.flatMap((item) =>
        item.type === "row" && refusedFor(item.row.service) === undefined ? [item.key] : [],
      );
      if (order.includes(key)) set(range ? between(order, last.current, key) : [key], picked);
      last.current = key;
    },
    [items, set, refusedFor],
  );
  const byKey = useCallback(
    (key: string, how: "toggle" | "extend") => pick(key, how === "extend" || !keys.has(key), false),
    [pick, keys],
  );
  return useMemo(
    () => ({
      refusedFor,
      pick,
      byKey,
      pickAll: set,
      countOf: (some) => some.reduce((count, key) => count + (keys.has(key) ? 1 : 0), 0),
    }),
    [refusedFor, pick, byKey, set, keys],
  );
}
