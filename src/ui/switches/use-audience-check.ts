"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { audienceOf, type TypedConstraint } from "./audience.ts";
import type { ConstraintFault } from "./audience-check.ts";

/** What a typed audience lacks. */
export interface AudienceCheck {
  /** One a constraint, as far as it is known. */
  readonly faults: readonly (ConstraintFault | undefined)[];
  /** Whether it was found good. An audience that nobody typed in is. */
  readonly good: boolean;
}

const GOOD: AudienceCheck = { faults: [], good: true };

/** Checks an audience as the agents will read it; the checker is fetched once there is something to check. */
export function useAudienceCheck(typed: readonly TypedConstraint[] | undefined): AudienceCheck {
  const checked = useQuery({
    queryKey: ["audience-check", typed],
    queryFn: async () => (await import("./audience-check.ts")).faultsIn(audienceOf(typed ?? []) ?? []),
    enabled: typed !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
    placeholderData: keepPreviousData,
  });
  if (typed === undefined) return GOOD;
  const faults = checked.data ?? [];
  return {
    faults,
    good: checked.isSuccess && !checked.isPlaceholderData && faults.every((fault) => fault === undefined),
  };
}
