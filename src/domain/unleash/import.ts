import { describeIssues, type Flag, flagSchema, strict } from "@leverframe/agent/protocol";
import { compileFlag } from "@leverframe/agent/rules";
import { flagNames } from "./names.ts";
import { readUnleash, type UnleashFeature, type UnleashState } from "./schema.ts";
import { translateStrategy, translateVariant } from "./strategy.ts";

/** A feature as the flag that it becomes. */
export interface ImportedFlag {
  /** As Unleash knows it. */
  readonly feature: string;
  /** Of the config. */
  readonly name: string;
  readonly flag: Flag;
  readonly description: string | undefined;
  readonly tags: readonly string[];
  /** What of it is not as its author may think. */
  readonly notes: readonly string[];
}

export interface UnleashImport {
  readonly flags: readonly ImportedFlag[];
  /** Features that can't be held, with why. */
  readonly refused: readonly { readonly feature: string; readonly why: string }[];
}

const checked = flagSchema(strict);

/**
 * Translates a file of Unleash's to flags that decide as Unleash's clients do (ADR 0018): a feature that is enabled is
 * `true`, one that is not `false`. Pure. Throws INVALID for what is no such file.
 */
export function importUnleash(document: unknown): UnleashImport {
  const state = readUnleash(document);
  const mentioned = state.features.flatMap(({ name, dependencies }) => [
    name,
    ...(dependencies?.map(({ feature }) => feature) ?? []),
  ]);
  const names = flagNames(mentioned);
  const flags: ImportedFlag[] = [];
  const refused: UnleashImport["refused"][number][] = [];
  for (const feature of state.features) {
    const imported = importFeature(feature, state.segments, (name) => names.get(name) ?? name);
    const why = faultOf(imported.flag);
    if (why === undefined) flags.push(imported);
    else refused.push({ feature: feature.name, why });
  }
  return { flags, refused };
}

function importFeature(
  feature: UnleashFeature,
  segments: UnleashState["segments"],
  nameOf: (feature: string) => string,
): ImportedFlag {
  const name = nameOf(feature.name);
  const given = feature.strategies ?? [];
  const translated = given
    .filter(({ disabled }) => disabled !== true)
    .map((strategy) => translateStrategy(strategy, segments));
  const strategies = translated.flatMap(({ strategy }) => (strategy === undefined ? [] : [strategy]));
  const { variants, dependencies } = feature;
  const flag: Flag = {
    enabled: feature.enabled ?? false,
    ...(name === feature.name ? {} : { key: feature.name }),
    // Without any strategy a feature is on for everybody; with none that lets in, for nobody.
    strategies: given.length === 0 ? [{}] : strategies,
    ...(variants === undefined || variants.length === 0 ? {} : { variants: variants.map(translateVariant) }),
    ...(dependencies === undefined || dependencies.length === 0
      ? {}
      : {
          requires: dependencies.map(({ feature, enabled, variants }) => ({
            flag: nameOf(feature),
            ...(enabled === undefined ? {} : { enabled }),
            ...(variants === undefined || variants.length === 0 ? {} : { variants }),
          })),
        }),
  };
  return {
    feature: feature.name,
    name,
    flag,
    description: feature.description === "" ? undefined : feature.description?.slice(0, 500),
    tags: ["unleash", ...[feature.type, feature.project].flatMap((tag) => (tag ? [tag.slice(0, 40)] : []))],
    notes: [
      ...translated.flatMap(({ notes }) => notes),
      ...(given.length > 0 && strategies.length === 0 ? ["no strategy is left that lets anybody in"] : []),
    ],
  };
}

function faultOf(flag: Flag): string | undefined {
  const result = checked.safeParse(flag);
  if (!result.success) return describeIssues(result.error);
  try {
    compileFlag("", flag);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
