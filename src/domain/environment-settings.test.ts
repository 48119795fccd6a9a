import { describe, expect, test } from "vitest";
import { DEFAULT_SETTINGS, readSettings, writeSettings } from "./environment-settings.ts";

const freeze = {
  id: "01ARZ3NDEKTSV4RRFFQ69G5FAV",
  from: "2026-11-11T00:00:00.000Z",
  to: "2026-11-12T00:00:00.000Z",
  reason: "the sale",
};

describe("an environment's settings", () => {
  test.each([undefined, "", "nonsense", "[]", '{"createdAt":"2026-01-01T00:00:00Z"}', '{"freezes":7}'])(
    "are the defaults where the record says nothing: %s",
    (text) => {
      expect(readSettings(text)).toEqual(DEFAULT_SETTINGS);
    },
  );

  test("come back as they were written, and the rest of the record stays", () => {
    const text = writeSettings('{"createdAt":"then"}', { freezes: [freeze], approvals: "four-eyes" });
    expect(JSON.parse(text)).toMatchObject({ createdAt: "then" });
    expect(readSettings(text)).toEqual({ freezes: [freeze], approvals: "four-eyes" });
  });

  test("a window that can't be read does not take the others with it, and a newer word asks for four eyes", () => {
    const text = JSON.stringify({ freezes: [{ id: "x" }, freeze], approvals: "committee" });
    expect(readSettings(text)).toEqual({ freezes: [freeze], approvals: "four-eyes" });
  });

  test("a window that ends before it begins is refused by name", () => {
    const backwards = { ...freeze, to: freeze.from };
    expect(() => writeSettings(undefined, { freezes: [backwards], approvals: "none" })).toThrow(
      /to must be after from/,
    );
  });
});
