"use client";

import { useQueries } from "@tanstack/react-query";
import { useSession } from "../frame/environment.tsx";
import { type ApprovalRow, adminApi, adminKeys } from "./api.ts";

/** Seldom enough for every page that is left open. */
const EVERY_MS = 30_000;

export interface Waiting {
  readonly rows: readonly (ApprovalRow & { readonly env: string })[];
  /** Environments that did not answer, with why. */
  readonly failed: readonly { readonly env: string; readonly error: unknown }[];
  readonly pending: boolean;
  readonly again: () => void;
}

/** What waits for a second person, in every environment that the reader sees; oldest first. */
export function useWaiting(everyMs = EVERY_MS): Waiting {
  const session = useSession();
  const names = session.data?.environments.map(({ name }) => name) ?? [];
  const answers = useQueries({
    queries: names.map((env) => ({
      queryKey: adminKeys.approvals(env),
      queryFn: ({ signal }: { signal: AbortSignal }) => adminApi.approvals(env, { signal }),
      refetchInterval: everyMs,
    })),
  });
  const rows = answers.flatMap((answer, index) =>
    (answer.data ?? []).map((row) => ({ ...row, env: names[index] ?? "" })),
  );
  return {
    rows: rows.sort((a, b) => a.at.localeCompare(b.at)),
    failed: answers.flatMap((answer, index) =>
      answer.isError && answer.data === undefined ? [{ env: names[index] ?? "", error: answer.error }] : [],
    ),
    pending: session.isPending || answers.some(({ isPending }) => isPending),
    again: () => {
      for (const answer of answers) void answer.refetch();
    },
  };
}
