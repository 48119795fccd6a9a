import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";

type Color = readonly [lightness: number, chroma: number, hue: number];

/** WCAG's relative luminance of an OKLCH colour. Matrices: Björn Ottosson, "A perceptual color space", 2020. */
function luminance([lightness, chroma, hue]: Color): number {
  const a = chroma * Math.cos((hue * Math.PI) / 180);
  const b = chroma * Math.sin((hue * Math.PI) / 180);
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const clip = (channel: number) => Math.min(1, Math.max(0, channel));
  return (
    0.2126 * clip(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s) +
    0.7152 * clip(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s) +
    0.0722 * clip(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s)
  );
}

function contrast(a: Color, b: Color): number {
  const [dark = 0, light = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
}

function tokensOf(block: string): Map<string, Color> {
  const found = block.matchAll(/--([a-z0-9-]+): oklch\(([\d.]+) ([\d.]+) ([\d.]+)\)/g);
  return new Map([...found].map(([, name = "", l, c, h]) => [name, [Number(l), Number(c), Number(h)]]));
}

const css = readFileSync(path.join(import.meta.dirname, "tokens.css"), "utf8");
const [light = "", dark = ""] = css.split('[data-theme="dark"]');
const TEXT = ["ink", "ink-2", "ink-3", "accent", "degraded", "failed", "candidate", "pending"];
const SURFACES = ["surface-0", "surface-1", "surface-2"];

describe.each([
  ["light", tokensOf(light)],
  ["dark", tokensOf(dark)],
])("the %s theme", (_, tokens) => {
  const color = (name: string): Color => tokens.get(name) ?? [Number.NaN, 0, 0];

  it.each(TEXT)("%s is read on every surface", (text) => {
    for (const surface of SURFACES) {
      expect([surface, contrast(color(text), color(surface)) >= 4.5]).toEqual([surface, true]);
    }
  });

  it("what is written on a filled button, on a chosen segment and on the PROD strip is read", () => {
    expect(contrast(color("on-accent"), color("accent"))).toBeGreaterThanOrEqual(4.5);
    expect(contrast(color("surface-0"), color("degraded"))).toBeGreaterThanOrEqual(4.5);
    expect(contrast(color("surface-0"), color("ink"))).toBeGreaterThanOrEqual(4.5);
  });
});
