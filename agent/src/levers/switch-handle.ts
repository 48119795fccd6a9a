import type { Effective } from "../live-state/index.ts";
import type { Level, Position, SwitchSpec } from "../protocol/index.ts";
import { type Context, compileSwitch, type SwitchResource } from "../rules/index.ts";
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
  }

  /** Whether the degraded answer is to be given. Never throws. */
  isDegraded(context?: Context): boolean {
    const constant = this.#constant;
    const degraded = constant === undefined ? this.#decide(context) : constant;
    const counts = this.#counts;
    if (degraded) counts[1] = (counts[1] as number) + 1;
    else counts[0] = (counts[0] as number) + 1;
    return degraded;
  }

  /** The same with how to degrade. The answer is shared and frozen, made once a revision. */
  get(context?: Context): SwitchAnswer {
    return this.#answer(this.isDegraded(context), context);
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
      this.#constant = constant;
      this.#decide = isDegraded;
      this.#specFor = specFor;
      this.#answers = answers;
    };
  }

  notify(): void {
    this.#listeners.tell(this.#answer(this.#decide(undefined), undefined));
  }

  outcomes(): Outcomes {
    return { normal: this.#counts[0] ?? 0, degraded: this.#counts[1] ?? 0 };
  }

  #answer(degraded: boolean, context: Context | undefined): SwitchAnswer {
    const spec = this.#specFor(context);
    const pair = this.#answers.get(spec) ?? answerPair(spec);
    return pair[degraded ? 1 : 0];
  }
}

const answerPair = ({ level, strategy, payload }: SwitchSpec): readonly [SwitchAnswer, SwitchAnswer] => [
  Object.freeze({ degraded: false, level, strategy, payload }),
  Object.freeze({ degraded: true, level, strategy, payload }),
];

const answersFor = (
  specs: readonly SwitchSpec[],
): ReadonlyMap<SwitchSpec, readonly [SwitchAnswer, SwitchAnswer]> =>
  new Map(specs.map((spec) => [spec, answerPair(spec)]));
