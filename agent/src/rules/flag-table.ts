import type { Resource } from "../protocol/resource.ts";
import type { Context } from "./constraints.ts";
import {
  type CompiledLever,
  compileLever,
  type Evaluation,
  type EvaluationFault,
  type FlagMetadata,
} from "./evaluation.ts";
import type { CompiledFlag, Surroundings } from "./flag-decision.ts";

/** A switch or a config as it stands for a service: its own, or else the one of every service. */
export interface TableLever {
  readonly kind: "switch" | "config";
  readonly name: string;
  /** `*`, or the service. */
  readonly service: string;
  readonly revision: number;
  readonly resource: Resource<"switch"> | Resource<"config">;
}

/** A lever that can't be evaluated, since what stands is not valid. */
export interface FaultyLever extends Omit<TableLever, "resource"> {
  readonly fault: string;
}

export type Answer = Evaluation | EvaluationFault;

export interface TableTerms {
  /** Undefined: whoever asks is elsewhere (see `compileLever`). */
  readonly instance: string | undefined;
  readonly around: Omit<Surroundings, "flag">;
}

/** What a key leads to. */
export interface FoundFlag {
  readonly kind: TableLever["kind"];
  readonly name: string;
  readonly evaluate: (context: Context) => Answer;
}

interface Entry {
  readonly lever: TableLever | FaultyLever;
  readonly compiled: CompiledLever | { readonly fault: string };
}

type Grammar = "switch" | "config" | "variant";

const compiledBy = new WeakMap<object, Map<string, CompiledLever>>();
const SEPARATOR = "/";

/**
 * The flags of one service at one revision, and how keys find them. A key is `switch/NAME`, `config/NAME` or
 * `variant/NAME` (the payload of a flag's variant); a bare NAME is the switch of that name, else the config, else the
 * flag whose own `key` it is. Secret configs are no flags: their values are in no table.
 */
export class FlagTable {
  readonly #switches = new Map<string, Entry>();
  readonly #configs = new Map<string, Entry>();
  /** Names by flags' own keys. */
  readonly #aliases = new Map<string, string>();
  /** By the keys that were asked for: a lever has a handful of them. */
  readonly #found = new Map<string, FoundFlag>();
  /** What decisions over this table stand on. */
  readonly around: Surroundings;

  constructor(levers: Iterable<TableLever | FaultyLever>, terms: TableTerms) {
    this.around = { ...terms.around, flag: (name, context) => this.#flag(name, context) };
    for (const lever of levers) {
      if ("resource" in lever && isSecret(lever.resource)) continue;
      const entry = { lever, compiled: compile(lever, terms.instance) };
      (lever.kind === "switch" ? this.#switches : this.#configs).set(lever.name, entry);
    }
    for (const [name, { compiled }] of this.#configs) {
      if ("fault" in compiled) continue;
      for (const key of compiled.keys) if (!this.#aliases.has(key)) this.#aliases.set(key, name);
    }
  }

  /** What a key leads to, the same each time; undefined where there is no such flag. */
  find(key: string): FoundFlag | undefined {
    const known = this.#found.get(key);
    if (known !== undefined) return known;
    const found = this.#entryOf(key);
    if (found === undefined) return undefined;
    const { entry, grammar } = found;
    const { kind, name } = entry.lever;
    const made = { kind, name, evaluate: (context: Context) => this.#evaluate(entry, grammar, context) };
    this.#found.set(key, made);
    return made;
  }

  evaluate(key: string, context: Context): Answer {
    return (
      this.find(key)?.evaluate(context) ?? {
        errorCode: "FLAG_NOT_FOUND",
        errorDetails: `there is no switch and no config ${key.slice(0, 200)} that this service may read as a flag`,
      }
    );
  }

  /** Every flag under each key that it is listed by: its name, and its own key where it has another. */
  *evaluateAll(context: Context): Iterable<readonly [string, Answer]> {
    for (const key of this.keys()) yield [key, this.evaluate(key, context)];
  }

  /** The keys of every flag, in order. */
  keys(): readonly string[] {
    return [...this.#listed()].sort();
  }

  /** Every key under which a lever (`switch/comments`) is found, and those of flags that require it. */
  keysOf(lever: string): readonly string[] {
    const at = lever.indexOf(SEPARATOR);
    const [kind, name] = [lever.slice(0, at), lever.slice(at + 1)];
    if (kind !== "switch" && kind !== "config") return [];
    const keys = [name, lever];
    if (kind === "switch") return keys;
    for (const [other, { compiled }] of this.#configs) {
      if ("fault" in compiled) continue;
      if (other === name) keys.push(`variant/${name}`, ...compiled.keys);
      else if (compiled.requires.includes(name)) keys.push(other, `config/${other}`, ...compiled.keys);
    }
    return keys;
  }

  *#listed(): Iterable<string> {
    for (const name of this.#switches.keys()) yield name;
    for (const [name, { compiled }] of this.#configs) {
      yield this.#switches.has(name) ? `config/${name}` : name;
      if (!("fault" in compiled) && compiled.evaluateVariant !== undefined) yield `variant/${name}`;
    }
    for (const [key, name] of this.#aliases) {
      if (key === name || this.#switches.has(key) || this.#configs.has(key)) continue;
      yield key;
    }
  }

  #entryOf(key: string): { entry: Entry; grammar: Grammar } | undefined {
    const at = key.indexOf(SEPARATOR);
    const [first, rest] = at < 0 ? ["", key] : [key.slice(0, at), key.slice(at + 1)];
    const given = (entry: Entry | undefined, grammar: Grammar) => entry && { entry, grammar };
    if (first === "switch") return given(this.#switches.get(rest), "switch");
    if (first === "config") return given(this.#config(rest), "config");
    if (first === "variant") return given(this.#config(rest), "variant");
    return given(this.#switches.get(key), "switch") ?? given(this.#config(key), "config");
  }

  #flag(name: string, context: Context | undefined): CompiledFlag | undefined {
    const asked = this.#configs.get(name)?.compiled;
    return asked === undefined || "fault" in asked ? undefined : asked.flagFor?.(context);
  }

  #config(key: string): Entry | undefined {
    return this.#configs.get(key) ?? this.#configs.get(this.#aliases.get(key) ?? "");
  }

  #evaluate({ compiled }: Entry, grammar: Grammar, context: Context): Answer {
    if ("fault" in compiled) {
      return { errorCode: "GENERAL", errorDetails: `what stands is held back: ${compiled.fault}` };
    }
    if (grammar !== "variant") return compiled.evaluate(context, this.around);
    return (
      compiled.evaluateVariant?.(context, this.around) ?? {
        errorCode: "FLAG_NOT_FOUND",
        errorDetails: "this config is no flag with variants",
      }
    );
  }
}

const isSecret = (resource: TableLever["resource"]): boolean =>
  [resource.spec, resource.rollout?.candidate].some(
    (spec) => spec !== undefined && "format" in spec && spec.secret !== undefined,
  );

/** A body is compiled once for each instance that asks, for as long as the body lives. */
function compile(lever: TableLever | FaultyLever, instance: string | undefined): Entry["compiled"] {
  if (!("resource" in lever)) return { fault: lever.fault };
  const known = compiledBy.get(lever.resource) ?? new Map<string, CompiledLever>();
  compiledBy.set(lever.resource, known);
  const id = `${lever.service}@${lever.revision} ${instance ?? ""}`;
  const found = known.get(id);
  if (found !== undefined) return found;
  try {
    const { kind, name, service, revision, resource } = lever;
    const metadata: FlagMetadata = { kind, name, service, revision, version: resource.meta.version };
    const made = compileLever(kind, name, resource, instance, metadata);
    known.set(id, made);
    return made;
  } catch (error) {
    return { fault: error instanceof Error ? error.message : String(error) };
  }
}
