import type { Effective } from "../live-state/index.ts";
import type { Level, Position, SwitchSpec } from "../protocol/index.ts";
import { bucketBp, type Context, compileSwitch, type SwitchResource, WHOLE_BP } from "../rules/index.ts";
import { activeTracer } from "../tracing/index.ts";
import { type LeverHandle, Listeners, type Outcomes } from "./lever-handle.ts";

export interface SwitchOptions {
  /** What the code thinks it worth; the resource's own level overrides it. */
  readonly level: Level;
  /** The position without a resource. Default NORMAL. */
  readonly default?: Position;
}

/** What a switch says to a context. */
export interface SwitchAnswer {
  readonly degraded: boolean;
  readonly level: Level;
  /** How to degrade; meant for when `degraded`. */
  readonly strategy: SwitchSpec["strategy"];
  readonly payload: SwitchSpec["payload"];
  /** The rule that degrades it here by itself; undefined where its position does, or it is not degraded. */
  readonly rule?: string | undefined;
}

/** A rule that degrades a switch at this instance by itself. */
export interface LocalRule {
  readonly rule: string;
  /** How much of the decisions, in basis points. */
  readonly shareBp: number;
}

type Decide = (context: Context | undefined) => boolean;
type SpecFor = (context?: Context) => SwitchSpec;

/**
 * A declared switch. `isDegraded` allocates nothing and costs a field read, a counter and, where the answer depends on
 * the context, one compiled closure.
 */
export class SwitchHandle implements LeverHandle {
  readonly kind = "switch";
  readonly name: string;
  readonly #instance: string;
  readonly #default: SwitchSpec;
  readonly #listeners = new Listeners<SwitchAnswer>();
  /** Decisions: normal, degraded. Doubles in place, so that counting allocates nothing however far it goes. */
  readonly #counts = new Float64Array(2);
  #constant: boolean | undefined;
  #decide: Decide;
  #specFor: SpecFor;
  #answers: ReadonlyMap<SwitchSpec, readonly [SwitchAnswer, SwitchAnswer]>;
  #local: LocalRule | undefined;
  #localAnswers = new Map<SwitchSpec, SwitchAnswer>();
  #level: Level;
  #pulls = 0;

  constructor(name: string, instance: string, options: SwitchOptions) {
    this.name = name;
    this.#instance = instance;
    this.#default = {
      position: options.default ?? "NORMAL",
      level: options.level,
      strategy: "placeholder",
    };
    const degraded = this.#default.position === "DEGRADED";
    this.#constant = degraded;
    this.#decide = () => degraded;
    this.#specFor = () => this.#default;
    this.#answers = answersFor([this.#default]);
    this.#level = options.level;
  }

  /** As the lever says it, else as the code does. */
  get level(): Level {
    return this.#level;
  }
  /** How often the lever was another, since the start. */
  get pulls(): number {
    return this.#pulls;
  }

  /** Degrades a share of the decisions that are not degraded anyway; undefined lets go. */
  degradeBy(local: LocalRule | undefined): void {
    if (local?.rule === this.#local?.rule && local?.shareBp === this.#local?.shareBp) return;
    this.#local = local;
    this.#localAnswers = new Map();
    this.notify();
  }

  /** Whether the degraded answer is to be given. Never throws. */
  isDegraded(context?: Context): boolean {
    const constant = this.#constant;
    const pulled = constant === undefined ? this.#decide(context) : constant;
    const degraded = pulled || (this.#local !== undefined && isAmong(this.#local, context));
    const counts = this.#counts;
    if (degraded) {
      counts[1] = (counts[1] as number) + 1;
      activeTracer()?.acted(`switch/${this.name}`);
    } else counts[0] = (counts[0] as number) + 1;
    return degraded;
  }

  /** The same with how to degrade. The answer is shared and frozen, made once a revision. */
  get(context?: Context): SwitchAnswer {
    if (this.#local === undefined) return this.#answer(this.isDegraded(context), context);
    const pulled = this.#decide(context);
    // A share may draw: it is drawn once.
    return this.isDegraded(context) && !pulled
      ? this.#localAnswer(this.#local, context)
      : this.#answer(pulled, context);
  }

  /** Tells the answer without a context whenever the resource is another. Returns what ends it. */
  onChange(listener: (answer: SwitchAnswer) => void): () => void {
    return this.#listeners.add(listener);
  }

  refuse(): undefined {
    return undefined;
  }

  prepare(now: Effective | undefined): () => void {
    const resource: SwitchResource =
      now?.lever.kind === "switch" ? now.lever.resource : { spec: this.#default };
    const { isDegraded, specFor, constant } = compileSwitch(resource, this.#instance);
    const { rollout } = resource;
    const answers = answersFor(rollout === undefined ? [resource.spec] : [resource.spec, rollout.candidate]);
    return () => {
      this.#pulls++;
      this.#level = resource.spec.level;
      this.#constant = constant;
      this.#decide = isDegraded;
      this.#specFor = specFor;
      this.#answers = answers;
    };
  }

  notify(): void {
    const pulled = this.#decide(undefined);
    const local = this.#local;
    this.#listeners.tell(
      local === undefined || pulled ? this.#answer(pulled, undefined) : this.#localAnswer(local, undefined),
    );
  }

  outcomes(): Outcomes {
    return { normal: this.#counts[0] ?? 0, degraded: this.#counts[1] ?? 0 };
  }

  #localAnswer({ rule }: LocalRule, context: Context | undefined): SwitchAnswer {
    const spec = this.#specFor(context);
    const known = this.#localAnswers.get(spec);
    if (known !== undefined) return known;
    const { level, strategy, payload } = spec;
    const made = Object.freeze({ degraded: true, level, strategy, payload, rule });
    this.#localAnswers.set(spec, made);
    return made;
  }

  #answer(degraded: boolean, context: Context | undefined): SwitchAnswer {
    const spec = this.#specFor(context);
    const pair = this.#answers.get(spec) ?? answerPair(spec);
    return pair[degraded ? 1 : 0];
  }
}

/** The same buyers at each decision, where the context tells them apart; else so many of all decisions. */
function isAmong({ rule, shareBp }: LocalRule, context: Context | undefined): boolean {
  if (shareBp >= WHOLE_BP) return true;
  const key = context?.["targetingKey"] ?? context?.["userId"] ?? context?.["sessionId"];
  return key === undefined ? Math.random() * WHOLE_BP < shareBp : bucketBp(rule, String(key)) < shareBp;
}

const answerPair = ({ level, strategy, payload }: SwitchSpec): readonly [SwitchAnswer, SwitchAnswer] => [
  Object.freeze({ degraded: false, level, strategy, payload }),
  Object.freeze({ degraded: true, level, strategy, payload }),
];

const answersFor = (
  specs: readonly SwitchSpec[],
): ReadonlyMap<SwitchSpec, readonly [SwitchAnswer, SwitchAnswer]> =>
  new Map(specs.map((spec) => [spec, answerPair(spec)]));
