import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { PARTS } from "../../src/ui/messages/parts.ts";

/**
 * Guarantee: what a page says before anything is loaded on demand stands in its own HTML. Walks what each page imports
 * at once (not by `import()`), and collects the namespaces that are asked for there.
 */
const APP = path.resolve("src/app");
const UI = path.resolve("src/ui");

const IMPORTS = /^(?:import|export) (?!type )[^;]*? from "(\.[^"]+\.tsx?)";/gm;

function namespacesOf(entry: string): ReadonlySet<string> {
  const seen = new Set<string>();
  const found = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    const source = readFileSync(file, "utf8");
    for (const [, name] of source.matchAll(/useTranslations\(\s*"([\w-]+)/g)) if (name) found.add(name);
    if (/useTranslations\(\)/.test(source)) {
      for (const [, name] of source.matchAll(/\bt\(\s*[`"]([\w-]+)\./g)) if (name) found.add(name);
    }
    for (const [, target] of source.matchAll(IMPORTS)) {
      const next = path.resolve(path.dirname(file), target ?? "");
      if (next.startsWith(UI)) visit(next);
    }
  };
  visit(entry);
  return found;
}

const frame = new Set(
  ["layout.tsx", "(console)/layout.tsx"].flatMap((file) => [...namespacesOf(path.join(APP, file))]),
);
const sections = readdirSync(path.join(APP, "(console)")).filter((name) =>
  existsSync(path.join(APP, "(console)", name, "page.tsx")),
);

test("the frame", () => {
  expect([...PARTS.frame].sort()).toEqual([...frame].sort());
});

describe("the page", () => {
  const pages: readonly (readonly [part: string, file: string])[] = [
    ...sections.map((section) => [section, `(console)/${section}/page.tsx`] as const),
    ["login", "login/page.tsx"],
    ["notFound", "not-found.tsx"],
    ["kitPage", "kit/page.tsx"],
  ];
  test.each(pages)("%s", (part, file) => {
    const own = [...namespacesOf(path.join(APP, file))].filter((name) => !frame.has(name)).sort();
    const listed = [...(PARTS[part as keyof typeof PARTS] ?? [])].sort();
    expect(listed, "list it in src/ui/messages/parts.ts").toEqual(own);
  });
});

test("whatever is loaded on demand waits for its messages", () => {
  const bare = readdirSync(UI, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".tsx") && file !== "lazy-part.tsx")
    .filter((file) => /\blazy\(/.test(readFileSync(path.join(UI, file), "utf8")));
  expect(bare, "write lazyPart(() => import(…).then((module) => module.Name))").toEqual([]);
});
