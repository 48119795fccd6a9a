import type { Resource } from "@leverframe/agent/protocol";
import { describe, expect, it } from "vitest";
import { jsonSchemaFault } from "./json-schema.ts";

const SCHEMA = JSON.stringify({
  type: "object",
  required: ["text"],
  properties: {
    text: { type: "string", maxLength: 5 },
    nested: { properties: { port: { type: "integer" } } },
  },
  additionalProperties: false,
});
type Format = "json" | "yaml" | "properties" | "text";

const config = (
  value: string | undefined,
  o: { format?: Format; schema?: string; candidate?: string; restore?: string } = {},
): Resource<"config"> =>
  ({
    schema: 1,
    spec: { format: o.format ?? "json", value },
    ...(o.candidate === undefined ? {} : { rollout: { candidate: { format: "json", value: o.candidate } } }),
    meta: {
      jsonSchema: o.schema ?? SCHEMA,
      ...(o.restore === undefined ? {} : { expiry: { restore: { format: "json", value: o.restore } } }),
    },
  }) as unknown as Resource<"config">;

describe("a config with a JSON Schema", () => {
  it.each<[string, Resource<"config">, string | undefined]>([
    ["fits", config('{"text":"a"}'), undefined],
    [
      "misses a key",
      config("{}"),
      'spec.value: is not what its JSON Schema asks: /: Instance does not have required property "text".',
    ],
    ["is wrong inside", config('{"text":"a","nested":{"port":"x"}}'), "/nested/port: Instance type"],
    ["holds a key too many", config('{"text":"a","more":1}'), "/more is not allowed"],
    ["is YAML that fits", config("text: a", { format: "yaml" }), undefined],
    ["is YAML that does not", config("text: [1]", { format: "yaml" }), "/text: Instance type"],
    ["is properties", config("text=toolong", { format: "properties" }), "/text: String is too long"],
    ["is plain text", config("anything", { format: "text" }), undefined],
    ["is sealed", config(undefined), undefined],
    [
      "has a candidate that does not fit",
      config('{"text":"a"}', { candidate: "{}" }),
      "rollout.candidate.value",
    ],
    ["goes back to what does not fit", config('{"text":"a"}', { restore: "{}" }), "expiry.restore.value"],
    ["has a schema that is not JSON", config("{}", { schema: "{" }), "meta.jsonSchema:"],
    ["has a schema that leads nowhere", config("{}", { schema: '{"$ref":"#/nope"}' }), "Unresolved $ref"],
  ])("%s", (_, resource, fault) => {
    const said = jsonSchemaFault(resource);
    if (fault === undefined) expect(said).toBeUndefined();
    else expect(said).toContain(fault);
  });
});
