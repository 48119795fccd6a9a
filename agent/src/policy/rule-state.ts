import type { DegradeSpec } from "../protocol/index.ts";
import { WHOLE_BP } from "../rules/index.ts";

/** How a rule of automatic degradation stands. Times are monotonic. */
export type RuleState =
  | { readonly name: "CALM" }
  /** Its signal is above the threshold, not for long enough yet. */
  | { readonly name: "RISING"; readonly sinceMs: number }
  /** It acts in full; `calmMs`: since when its signal is low enough to recover. */
  | { readonly name: "ACTING"; readonly sinceMs: number; readonly calmMs: number | undefined }
  /** It lets go step by step; `stepMs`: since when the step, or its latest unrest, lasts. */
  | { readonly name: "RECOVERING"; readonly sinceMs: number; readonly step: number; readonly stepMs: number }
  /** An operator pulled its switch meanwhile: it does nothing until its signal was calm. */
  | { readonly name: "OVERRULED"; readonly calmMs: number | undefined };

export const CALM: RuleState = { name: "CALM" };

/** What a rule sees of the world. */
export interface RuleSight {
  readonly nowMs: number;
  /** Of its signal; undefined where too little happened to say, which is as good as calm. */
  readonly value: number | undefined;
  /** Whether what matters less is given up already. */
  readonly mayAct: boolean;
  /** Whether what matters more is back already. */
  readonly mayRecover: boolean;
  /** Whether an operator pulled the switch since the rule acts. */
  readonly pulled: boolean;
}

/**
 * The next state of a rule: it acts once its signal was above `above` for `forMs`, begins to recover once it was at or
 * below `recoverBelow` for `recoverForMs`, takes each step of `recoverStepsBp` for as long again, and is back in full at
 * once when the signal rises during that. Pure. Hysteresis as of Sentinel's and Hystrix's recovery, made gradual.
 */
export function nextRuleState(state: RuleState, spec: DegradeSpec, sight: RuleSight): RuleState {
  const { nowMs, pulled } = sight;
  const value = sight.value ?? 0;
  const [high, low] = [value > spec.above, value <= spec.recoverBelow];
  if (pulled && (state.name === "ACTING" || state.name === "RECOVERING"))
    return { name: "OVERRULED", calmMs: low ? nowMs : undefined };
  switch (state.name) {
    case "CALM":
    case "RISING": {
      if (!high || !sight.mayAct) return CALM;
      const sinceMs = state.name === "RISING" ? state.sinceMs : nowMs;
      if (nowMs - sinceMs < spec.forMs) return state.name === "RISING" ? state : { name: "RISING", sinceMs };
      return { name: "ACTING", sinceMs: nowMs, calmMs: undefined };
    }
    case "ACTING": {
      const calmMs = low && sight.mayRecover ? (state.calmMs ?? nowMs) : undefined;
      if (calmMs === undefined || nowMs - calmMs < spec.recoverForMs)
        return calmMs === state.calmMs ? state : { ...state, calmMs };
      const { sinceMs } = state;
      return stepsOf(spec).length === 0 ? CALM : { name: "RECOVERING", sinceMs, step: 0, stepMs: nowMs };
    }
    case "RECOVERING": {
      if (high) return { name: "ACTING", sinceMs: state.sinceMs, calmMs: undefined };
      if (!low) return { ...state, stepMs: nowMs };
      if (nowMs - state.stepMs < spec.recoverForMs) return state;
      const step = state.step + 1;
      return step < stepsOf(spec).length ? { ...state, step, stepMs: nowMs } : CALM;
    }
    case "OVERRULED": {
      const calmMs = low ? (state.calmMs ?? nowMs) : undefined;
      if (calmMs !== undefined && nowMs - calmMs >= spec.recoverForMs) return CALM;
      return calmMs === state.calmMs ? state : { name: "OVERRULED", calmMs };
    }
  }
}

/** How much of its switch's decisions a rule degrades, in basis points. */
export function shareOf(state: RuleState, spec: DegradeSpec): number {
  if (state.name === "ACTING") return WHOLE_BP;
  return state.name === "RECOVERING" ? (stepsOf(spec)[state.step] ?? 0) : 0;
}

/** Steps that still degrade something: one of 0 is the end of the recovery. */
const stepsOf = ({ recoverStepsBp = [] }: DegradeSpec): readonly number[] =>
  recoverStepsBp.filter((shareBp) => shareBp > 0);
