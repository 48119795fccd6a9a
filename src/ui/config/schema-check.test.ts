import { describe, expect, it } from "vitest";
import { misfitOf, readShape } from "./schema-check.ts";

const shape = readShape(
  JSON.stringify({
    type: "object",
    required: ["text"],
    properties: {
      text: { type: "string" },
      ports: { type: "array", items: { type: "integer" } },
    },
    additionalProperties: false,
  }),
);

describe("what is not as its JSON Schema asks", () => {
  it("is found in JSON by line and column", () => {
    const text = '{\n  "text": "a",\n  "ports": [80, "x"]\n}';
    const fault = misfitOf("json", text, shape);
    expect(fault).toMatchObject({ line: 3, column: 17 });
    expect(fault?.message).toContain("/ports/1 ");
    expect(text.slice(fault?.from)).toMatch(/^"x"/);
  });

  it("is found in YAML and in properties", () => {
    expect(misfitOf("yaml", "text: a\nports:\n  - x\n", shape)).toMatchObject({ line: 3, column: 5 });
    expect(misfitOf("properties", "text=a\nmore=1", shape)).toMatchObject({ line: 2, column: 1 });
  });

  it("is told of a missing key at the object that lacks it", () => {
    expect(misfitOf("json", "{}", shape)).toMatchObject({ line: 1, column: 1 });
  });

  it("is nothing where it fits, or is plain text", () => {
    expect(misfitOf("json", '{"text":"a"}', shape)).toBeUndefined();
    expect(misfitOf("text", "anything", shape)).toBeUndefined();
  });
});

it.each(["{", '{"$ref":"#/nope"}'])("a schema that can't be used is said: %s", (schema) => {
  expect(() => readShape(schema)).toThrow();
});
