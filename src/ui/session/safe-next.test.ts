import { expect, it } from "vitest";
import { safeNext } from "./safe-next.ts";

it("leads back only to pages of this console", () => {
  expect(safeNext("/services?env=prod&service=order")).toBe("/services?env=prod&service=order");
  for (const elsewhere of [
    null,
    "",
    "https://evil.example",
    "//evil.example",
    "/\\evil.example",
    "/login?code=x",
  ]) {
    expect([elsewhere, safeNext(elsewhere)]).toEqual([elsewhere, "/overview"]);
  }
});
