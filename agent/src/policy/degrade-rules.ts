import type { Breaker } from "../breaker/index.ts";
import type { Clock, StopTimer } from "../clock.ts";
import type { SwitchHandle } from "../levers/index.ts";
import type { Logger } from "../logger.ts";
import type { DegradeSpec, Level, Read, RuleReport, Signal } from "../protocol/index.ts";
import { CALM, nextRuleState, type RuleState, shareOf } from "./rule-state.ts";

/** A rule as it holds for this instance. */
export interface NamedRule {
  readonly name: string;
  readonly spec: DegradeSpec;
}

export interface DegradeRulesOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly switchOf: (name: string) => SwitchHandle | undefined;
  readonly breakerOf: (name: string) => Breaker | undefined;
  /** A signal's value now; undefined where too little happened to say. */
  readonly read: (signal: Signal, of: string | undefined) => number | undefined;
  /** What the receipts say of the rules is another now. */
  readonly onMove: () => void;
}

interface Standing {
  spec: DegradeSpec;
  state: RuleState;
  /** What its signal was when last looked at. */
  value: number | undefined;
  /** Of its switch, when it began to act: another count means a hand. */
  pulls: number;
  /** On the wall clock, when it began to act. */
  since: string;
  /** How often it began to act, since the start. */
  acted: number;
}

const LOOK_MS = 250;
const RANK: Readonly<Record<Level, number>> = { "non-core": 0, secondary: 1, core: 2 };

/**
 * The rules by which this instance degrades by itself: a signal above its threshold degrades a switch here, or trips a
 * breaker, and lets go gradually. What matters less goes first and comes back last. An operator's pull of the switch wins.
 * One timer looks four times a second while there are rules that the code has a target for; none otherwise.
 */
export class DegradeRules {
  readonly #options: DegradeRulesOptions;
  readonly #rules = new Map<string, Standing>();
  #stopTimer: StopTimer | undefined;
  #closed = false;

  constructor(options: DegradeRulesOptions) {
    this.#options = options;
  }

  /** Takes the rules that hold now. A rule that stays goes on as it stands; one that is gone lets go at once. */
  update(rules: readonly NamedRule[]): void {
    const names = new Set(rules.map(({ name }) => name));
    for (const name of this.#rules.keys()) if (!names.has(name)) this.#rules.delete(name);
    for (const { name, spec } of rules) {
      const known = this.#rules.get(name);
      const same = known?.spec.switch === spec.switch && known?.spec.breaker === spec.breaker;
      if (known !== undefined && same) known.spec = spec;
      else this.#rules.set(name, { spec, state: CALM, value: undefined, pulls: 0, since: "", acted: 0 });
    }
    this.look();
  }

  /** Looks at all rules now: a breaker moved, or a quarter of a second went by. */
  look(): void {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
    if (this.#closed) return;
    const before = new Map([...this.#rules].map(([name, { state }]) => [name, state]));
    let moved = false;
    for (const [name, standing] of this.#rules) moved = this.#move(name, standing, before) || moved;
    this.#apply();
    if ([...this.#rules.values()].some((standing) => this.#hasTarget(standing)))
      this.#stopTimer = this.#options.clock.after(LOOK_MS, () => this.look());
    if (moved) this.#options.onMove();
  }

  /** The rules that act here now. */
  reports(): RuleReport[] {
    const reports: RuleReport[] = [];
    for (const [rule, { spec, state, value, since }] of this.#rules) {
      const shareBp = shareOf(state, spec);
      if (shareBp === 0) continue;
      const target = spec.switch === undefined ? { breaker: spec.breaker } : { switch: spec.switch };
      const rounded = value === undefined ? {} : { value: Math.round(value * 10) / 10 };
      reports.push({ rule, ...target, signal: spec.signal, ...rounded, shareBp, since });
    }
    return reports;
  }

  /** The rules whose target the code declares, with how often each began to act. */
  reads(): Read[] {
    return [...this.#rules]
      .filter(([, standing]) => this.#hasTarget(standing))
      .map(([name, { acted }]) => ({ kind: "degrade", name, decisions: acted }));
  }

  /** Lets go of everything; no timer of it is left. */
  close(): void {
    this.#closed = true;
    this.#stopTimer?.();
    this.#rules.clear();
    this.#apply();
  }

  #move(name: string, standing: Standing, before: ReadonlyMap<string, RuleState>): boolean {
    const { clock, read, logger, switchOf } = this.#options;
    const { spec, state } = standing;
    if (!this.#hasTarget(standing)) return false;
    const lever = spec.switch === undefined ? undefined : switchOf(spec.switch);
    standing.value = read(spec.signal, spec.of);
    const next = nextRuleState(state, spec, {
      nowMs: clock.now(),
      value: standing.value,
      mayAct: this.#othersAre(standing, before, (rank, own) => rank < own, true),
      mayRecover: this.#othersAre(standing, before, (rank, own) => rank > own, false),
      pulled: lever !== undefined && lever.pulls !== standing.pulls,
    });
    if (next === state) return false;
    standing.state = next;
    if (next.name === "ACTING" && state.name !== "RECOVERING" && state.name !== "ACTING") {
      standing.pulls = lever?.pulls ?? 0;
      standing.since = new Date(clock.wallMs()).toISOString();
      standing.acted++;
      if (spec.breaker !== undefined) this.#options.breakerOf(spec.breaker)?.trip();
    }
    const shareBp = shareOf(next, spec);
    if (next.name !== state.name)
      logger.warn(
        { rule: name, from: state.name, to: next.name, signal: spec.signal, value: standing.value, shareBp },
        "a rule of automatic degradation moved",
      );
    return shareBp !== shareOf(state, spec);
  }

  /** Whether every other rule of the same signal, whose switch is of such a level, acts (or not). */
  #othersAre(
    { spec }: Standing,
    before: ReadonlyMap<string, RuleState>,
    counts: (rank: number, own: number) => boolean,
    acting: boolean,
  ): boolean {
    const own = this.#rankOf(spec);
    if (own === undefined) return true;
    for (const [name, other] of this.#rules) {
      const rank = this.#rankOf(other.spec);
      if (rank === undefined || !counts(rank, own)) continue;
      if (other.spec.signal !== spec.signal || other.spec.of !== spec.of) continue;
      const state = before.get(name) ?? CALM;
      // One that an operator overruled is out of the order.
      if (state.name === "OVERRULED") continue;
      if (shareOf(state, other.spec) > 0 !== acting) return false;
    }
    return true;
  }

  #rankOf(spec: DegradeSpec): number | undefined {
    const lever = spec.switch === undefined ? undefined : this.#options.switchOf(spec.switch);
    return lever === undefined ? undefined : RANK[lever.level];
  }

  #hasTarget({ spec }: Standing): boolean {
    const { switchOf, breakerOf } = this.#options;
    if (spec.switch !== undefined) return switchOf(spec.switch) !== undefined;
    return spec.breaker !== undefined && breakerOf(spec.breaker) !== undefined;
  }

  readonly #touched = new Set<SwitchHandle>();

  /** Tells each switch its strongest rule. */
  #apply(): void {
    const strongest = new Map<SwitchHandle, { rule: string; shareBp: number }>();
    for (const [rule, { spec, state }] of this.#rules) {
      const lever = spec.switch === undefined ? undefined : this.#options.switchOf(spec.switch);
      const shareBp = shareOf(state, spec);
      if (lever === undefined || shareBp <= (strongest.get(lever)?.shareBp ?? 0)) continue;
      strongest.set(lever, { rule, shareBp });
    }
    for (const lever of this.#touched) if (!strongest.has(lever)) lever.degradeBy(undefined);
    this.#touched.clear();
    for (const [lever, act] of strongest) {
      lever.degradeBy(act);
      this.#touched.add(lever);
    }
  }
}
