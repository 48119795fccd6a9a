"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { client } from "../api/client.ts";

const PAUSE_MS = 120;
const KEPT_MS = 5_000;

/** What an environment holds of a query, asked once the fingers rest; meanwhile the answer to the one before. */
export function useSearch(env: string | undefined, query: string) {
  const [rested, setRested] = useState("");
  useEffect(() => {
    const timer = setTimeout(() => setRested(query.trim()), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [query]);
  const asks = env !== undefined && rested !== "" && query.trim() !== "";
  const answer = useQuery({
    queryKey: ["search", env, rested],
    queryFn: ({ signal }) => client.search.find.query({ env: env ?? "", query: rested }, { signal }),
    enabled: asks,
    staleTime: KEPT_MS,
    gcTime: KEPT_MS,
    placeholderData: keepPreviousData,
  });
  const behind = rested !== query.trim() || answer.isPlaceholderData;
  return {
    found: asks ? answer.data : undefined,
    error: answer.error,
    behind: query.trim() !== "" && behind,
  };
}
