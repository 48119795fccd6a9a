import { describeIssues } from "@leverframe/agent/protocol";
import * as z from "zod";
import { DomainError } from "../errors.ts";

/**
 * What Unleash writes, as far as it decides: the answer of `/api/client/features`, of its delta API, and the file of its
 * export. Read leniently: a field that is not known changes nothing, one that is odd is left to the translation.
 */
const text = z.union([z.string(), z.number()]).transform(String);
const orNone = <Schema extends z.ZodType>(schema: Schema) =>
  schema.nullish().transform((given) => given ?? undefined);

const constraint = z.object({
  contextName: z.string(),
  operator: z.string(),
  values: orNone(z.array(text)),
  value: orNone(text),
  inverted: orNone(z.boolean()),
  caseInsensitive: orNone(z.boolean()),
});
export type UnleashConstraint = z.infer<typeof constraint>;

const variant = z.object({
  name: z.string(),
  weight: z.number(),
  stickiness: orNone(z.string()),
  payload: orNone(z.object({ type: z.string(), value: text })),
  overrides: orNone(z.array(z.object({ contextName: z.string(), values: orNone(z.array(text)) }))),
});
export type UnleashVariant = z.infer<typeof variant>;

const strategy = z.object({
  name: z.string(),
  parameters: orNone(z.record(z.string(), z.unknown())),
  constraints: orNone(z.array(constraint)),
  segments: orNone(z.array(text)),
  variants: orNone(z.array(variant)),
  disabled: orNone(z.boolean()),
  sortOrder: orNone(z.number()),
});
export type UnleashStrategy = z.infer<typeof strategy>;

const dependency = z.object({
  feature: z.string(),
  enabled: orNone(z.boolean()),
  variants: orNone(z.array(z.string())),
});

const feature = z.object({
  name: z.string().min(1),
  description: orNone(z.string()),
  type: orNone(z.string()),
  project: orNone(z.string()),
  enabled: orNone(z.boolean()),
  strategies: orNone(z.array(strategy)),
  variants: orNone(z.array(variant)),
  dependencies: orNone(z.array(dependency)),
  archived: orNone(z.boolean()),
});
export type UnleashFeature = z.infer<typeof feature>;

const segment = z.object({ id: text, name: orNone(z.string()), constraints: orNone(z.array(constraint)) });

const clientFeatures = z.object({ features: z.array(feature), segments: orNone(z.array(segment)) });

const event = z.discriminatedUnion("type", [
  z.object({ type: z.literal("hydration"), features: z.array(feature), segments: orNone(z.array(segment)) }),
  z.object({ type: z.literal("feature-updated"), feature }),
  z.object({ type: z.literal("feature-removed"), featureName: z.string() }),
  z.object({ type: z.literal("segment-updated"), segment }),
  z.object({ type: z.literal("segment-removed"), segmentId: text }),
]);

const exported = clientFeatures.extend({
  featureStrategies: z.array(strategy.extend({ featureName: z.string() })),
  featureEnvironments: orNone(
    z.array(
      z.object({
        featureName: z.string(),
        environment: orNone(z.string()),
        enabled: z.boolean(),
        variants: orNone(z.array(variant)),
      }),
    ),
  ),
  dependencies: orNone(z.array(z.object({ feature: z.string(), dependencies: z.array(dependency) }))),
});

/** Features with all that decides them, and the segments that their strategies name. */
export interface UnleashState {
  readonly features: readonly UnleashFeature[];
  /** By id; undefined constraints where the file has a segment's name alone. */
  readonly segments: ReadonlyMap<string, readonly UnleashConstraint[] | undefined>;
}

/** Reads a file of Unleash's in any of its forms. Throws INVALID that says what it is not. */
export function readUnleash(document: unknown): UnleashState {
  if (has(document, "events"))
    return fromEvents(parsed(z.object({ events: z.array(event) }), document).events);
  if (has(document, "featureStrategies")) return fromExport(parsed(exported, document));
  if (!has(document, "features")) {
    throw new DomainError(
      "INVALID",
      "This is no file of Unleash's: it needs features (of /api/client/features, or an export), or events (of its delta).",
    );
  }
  const { features, segments } = parsed(clientFeatures, document);
  return { features: features.filter(({ archived }) => archived !== true), segments: byId(segments) };
}

function fromEvents(events: readonly z.infer<typeof event>[]): UnleashState {
  const features = new Map<string, UnleashFeature>();
  const segments = new Map<string, readonly UnleashConstraint[] | undefined>();
  for (const one of events) {
    switch (one.type) {
      case "hydration":
        features.clear();
        segments.clear();
        for (const each of one.features) features.set(each.name, each);
        for (const [id, constraints] of byId(one.segments)) segments.set(id, constraints);
        break;
      case "feature-updated":
        features.set(one.feature.name, one.feature);
        break;
      case "feature-removed":
        features.delete(one.featureName);
        break;
      case "segment-updated":
        segments.set(one.segment.id, one.segment.constraints);
        break;
      case "segment-removed":
        segments.delete(one.segmentId);
        break;
    }
  }
  return { features: [...features.values()], segments };
}

/** An export holds strategies, switches and dependencies beside the features, of one environment. */
function fromExport(file: z.infer<typeof exported>): UnleashState {
  const environments = new Set(file.featureEnvironments?.map(({ environment }) => environment));
  if (environments.size > 1) {
    throw new DomainError("INVALID", "This export holds several environments: export one at a time.");
  }
  const features = file.features
    .filter(({ archived }) => archived !== true)
    .map((each): UnleashFeature => {
      const there = file.featureEnvironments?.find(({ featureName }) => featureName === each.name);
      const strategies = file.featureStrategies.filter(({ featureName }) => featureName === each.name);
      const own = file.dependencies?.find(({ feature }) => feature === each.name);
      return {
        ...each,
        enabled: there?.enabled ?? each.enabled,
        strategies: strategies.toSorted((a, b) => (a.sortOrder ?? 0) - (b.sortOrder ?? 0)),
        variants: there?.variants ?? each.variants,
        dependencies: own?.dependencies ?? each.dependencies,
      };
    });
  return { features, segments: byId(file.segments) };
}

const byId = (segments: readonly z.infer<typeof segment>[] | undefined): UnleashState["segments"] =>
  new Map(segments?.map(({ id, constraints }) => [id, constraints]));

const has = (document: unknown, field: string): boolean =>
  typeof document === "object" && document !== null && field in document;

function parsed<T>(schema: z.ZodType<T>, document: unknown): T {
  const result = schema.safeParse(document);
  if (!result.success) throw new DomainError("INVALID", describeIssues(result.error));
  return result.data;
}
