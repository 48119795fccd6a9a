import { AxeBuilder } from "@axe-core/playwright";
import { expect, type Page } from "@playwright/test";

/** Elements that reach past the right edge, as a person would name them; what scrolls in a box of its own may. */
export const overflowing = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    const wide =
      document.documentElement.scrollWidth > width ? [`page ${document.documentElement.scrollWidth}`] : [];
    const inside = [...document.querySelectorAll("body *")].filter((element) => {
      const box = element.getBoundingClientRect();
      if (box.right <= width + 1 || box.width === 0) return false;
      // What is folded away has a box all the same.
      if (
        !element.checkVisibility() ||
        element.closest("pre, .sr-only, .cm-scroller, [data-scrolls]") !== null
      )
        return false;
      return getComputedStyle(element).clip === "auto";
    });
    return [...wide, ...inside.map((element) => `${element.tagName} ${element.textContent?.slice(0, 40)}`)];
  });

/** axe's rules that look at colours: all that another theme of the same page can change. */
const COLOUR_RULES = ["color-contrast", "link-in-text-block"];

/** What axe finds serious or critical, each with where; empty is well. `rules`: these alone. */
export async function barriers(page: Page, rules?: readonly string[]): Promise<string[]> {
  // No page has frames: the legacy mode spares a page of its own for each look.
  const axe = new AxeBuilder({ page }).options({ resultTypes: ["violations"] }).setLegacyMode(true);
  if (rules !== undefined) axe.withRules([...rules]);
  const { violations } = await axe.analyze();
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, help, nodes }) =>
      nodes.slice(0, 3).map(({ target, any }) => {
        const why = any[0]?.message ?? "";
        return `${id}: ${help} · ${target.join(" ")} · ${why.slice(0, 160)}`;
      }),
    );
}

/** Data is there, or what stands in its place; nothing waits for an answer. */
export async function settled(page: Page): Promise<void> {
  await page.waitForLoadState("load");
  // The kit's own page shows what waits, as it shows everything.
  await expect(page.locator(".skeleton:not([data-sample] *)")).toHaveCount(0, { timeout: 15_000 });
  await page.evaluate(() => document.fonts.ready.then(() => undefined));
}

/**
 * What keeps people out of a page as it stands: what overflows, and what axe finds; empty is well. `recoloured`: only the
 * theme has changed since all of it was looked at.
 */
export async function complaints(
  page: Page,
  name: string,
  { recoloured = false }: { readonly recoloured?: boolean } = {},
): Promise<string[]> {
  const wide = (await overflowing(page)).map((element) => `overflows: ${element}`);
  const found = await barriers(page, recoloured ? COLOUR_RULES : undefined);
  return [...wide, ...found].map((complaint) => `${name} ${complaint}`);
}

export const WIDTHS = [390, 768, 1440, 2560] as const;
export const THEMES = ["dark", "light"] as const;
