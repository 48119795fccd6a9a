/** How many users the crowd has: `u-1` … `u-2000`. */
export const USERS = 2_000;

/** How one lever falls among all users. */
export interface Cohort {
  /** As the console names it: service, kind, name. */
  readonly lever: string;
  readonly kind: "switch" | "config";
  /** A character a user, `u-1` first: `1` = degraded, or served another value than most; `0` = as most are. */
  readonly members: string;
}

/** What each user would be served, decided by the very handles that decide for a page. */
export interface CohortSource {
  readonly lever: string;
  readonly kind: Cohort["kind"];
  /** Equal answers are one cohort. */
  readonly answerFor: (userId: string) => string | boolean;
}

/** Every user's cohort under each lever. Asks each lever 2,000 times, about a millisecond. */
export const cohortsOf = (sources: readonly CohortSource[]): Cohort[] =>
  sources.map(({ lever, kind, answerFor }) => {
    const answers = Array.from({ length: USERS }, (_, index) => answerFor(`u-${index + 1}`));
    const usual = kind === "switch" ? false : mostCommon(answers);
    return { lever, kind, members: answers.map((answer) => (answer === usual ? "0" : "1")).join("") };
  });

function mostCommon<Answer>(answers: readonly Answer[]): Answer | undefined {
  const counts = new Map<Answer, number>();
  for (const answer of answers) counts.set(answer, (counts.get(answer) ?? 0) + 1);
  let best: { answer: Answer; count: number } | undefined;
  for (const [answer, count] of counts) if (count > (best?.count ?? 0)) best = { answer, count };
  return best?.answer;
}
