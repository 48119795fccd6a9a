import { formatRef, type ResourceRef } from "@leverframe/agent/protocol";
import { judgeFreeze } from "./interlock-freeze.ts";
import { judgeLastInstance } from "./interlock-last-instance.ts";
import { judgeLevels } from "./interlock-levels.ts";
import { judgeConflicts, judgeRequires } from "./interlock-links.ts";
import { judgeTimeouts } from "./interlock-timeouts.ts";
import type { InterlockView } from "./interlock-view.ts";
import { type Breach, type Touched, World } from "./interlock-world.ts";

export const INTERLOCK_RULES = [
  "freeze",
  "levels",
  "last-instance",
  "timeouts",
  "requires",
  "conflicts",
] as const;
export type InterlockRule = (typeof INTERLOCK_RULES)[number];

/** One rule that a change set would break: in plain English, what it would do and what to do first. */
export interface Finding {
  readonly rule: InterlockRule;
  /** The lever at which it shows; for a freeze the first that is frozen. */
  readonly ref: ResourceRef;
  readonly sentence: string;
}

export interface Verdict {
  /** In an order that does not depend on that of the edits; empty where nothing is to be said. */
  readonly findings: readonly Finding[];
  /** Scopes on whose levers the verdict rests, edited or not: they must stand as seen when it is committed. */
  readonly consulted: ReadonlySet<string>;
}

type Rule = (world: World, touched: readonly Touched[]) => readonly Breach[];

const RULES: Readonly<Record<Exclude<InterlockRule, "freeze">, Rule>> = {
  levels: judgeLevels,
  "last-instance": judgeLastInstance,
  timeouts: judgeTimeouts,
  requires: judgeRequires,
  conflicts: judgeConflicts,
};

/**
 * Judges a change set as a whole by the state after it (DESIGN §4 *Interlock*). What is broken already does not block
 * it: only what it breaks anew, or breaks worse, is found. Pure.
 */
export function judge(touched: readonly Touched[], view: InterlockView, now: Date): Verdict {
  const after = new World(view, touched, "after");
  const findings: Finding[] = judgeFreeze(after, touched, now).map((one) => finding("freeze", one));
  let before: World | undefined;
  for (const [rule, judgeRule] of Object.entries(RULES) as [keyof typeof RULES, Rule][]) {
    const found = judgeRule(after, touched);
    if (found.length === 0) continue;
    // A pair may be found from either side, or be declared twice.
    const breaches = new Map(found.map((one) => [one.id, one])).values();
    before ??= new World(view, touched, "before");
    const known = new Map(judgeRule(before, touched).map((one) => [one.id, one.weight]));
    for (const breach of breaches) {
      if (breach.weight > (known.get(breach.id) ?? -1)) findings.push(finding(rule, breach));
    }
  }
  findings.sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1));
  return { findings, consulted: after.consulted };
}

const finding = (rule: InterlockRule, { ref, sentence }: Breach): Finding => ({ rule, ref, sentence });

const orderOf = ({ rule, ref, sentence }: Finding): string =>
  `${INTERLOCK_RULES.indexOf(rule)} ${formatRef(ref)} ${sentence}`;

/** What a refused author is told, and what the journal keeps of an override. */
export const sentencesOf = (findings: readonly Finding[]): string[] =>
  findings.slice(0, 128).map(({ sentence }) => sentence.slice(0, 500));
