import { expect, it } from "vitest";
import { chooseLocale } from "./locale.ts";

it("starts in the language chosen before, else in the first that the browser prefers and we speak", () => {
  expect(chooseLocale("zh-CN", ["en-US"])).toBe("zh-CN");
  expect(chooseLocale(null, ["fr-FR", "zh-TW", "en"])).toBe("zh-CN");
  expect(chooseLocale("tlh", ["en-GB", "zh"])).toBe("en");
  expect(chooseLocale(null, ["fr"])).toBe("en");
});
