// What each page of a build loads before it can be used: the gzip bytes of every script that its HTML names, from
// `out/`. Prints a table; ends with 1 where a page is over its budget. `--files PAGE` lists one page's scripts.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";

/** 200 KB of 1,000 bytes (issue 4); editors, sheets and what else is heavy loads on demand. */
export const BUDGET_BYTES = 200_000;

const gzipBytes = new Map();

/** Scripts are named once however often the HTML says them; browsers that know modules never load a `noModule` one. */
function scriptsOf(html) {
  const tags = html.match(/<script\b[^>]*>/g) ?? [];
  const wanted = tags.filter((tag) => !/\bnomodule\b/i.test(tag));
  const preloads = html.match(/<link\b[^>]*\bas="script"[^>]*>/g) ?? [];
  const named = [...wanted, ...preloads].flatMap((tag) => /\b(?:src|href)="([^"]+)"/.exec(tag)?.[1] ?? []);
  return [...new Set(named)];
}

/** Every page of a build with the scripts of its first load, largest first; bytes are of gzip at its default level. */
export function firstLoads(out) {
  const pages = readdirSync(out).filter((file) => file.endsWith(".html") && !/^(404|_)/.test(file));
  return pages.map((file) => {
    const html = readFileSync(path.join(out, file), "utf8");
    const scripts = scriptsOf(html).map((address) => {
      const script = path.join(out, address.split("?")[0]);
      if (!gzipBytes.has(script)) gzipBytes.set(script, gzipSync(readFileSync(script)).length);
      return { address, bytes: gzipBytes.get(script) };
    });
    return {
      page: `/${file.slice(0, -".html".length).replace(/^index$/, "")}`,
      bytes: scripts.reduce((sum, script) => sum + script.bytes, 0),
      htmlBytes: gzipSync(html).length,
      scripts: scripts.sort((a, b) => b.bytes - a.bytes),
    };
  });
}

const kilobytes = (bytes) => `${(bytes / 1_000).toFixed(1)} KB`;

function print(out, only) {
  const pages = firstLoads(out);
  for (const { page, scripts } of pages) {
    if (page !== only) continue;
    for (const { address, bytes } of scripts) console.log(`${kilobytes(bytes).padStart(10)}  ${address}`);
  }
  console.log("page            scripts  first load        HTML");
  for (const { page, scripts, bytes, htmlBytes } of pages) {
    const figures = [String(scripts.length).padStart(7), kilobytes(bytes).padStart(11)];
    const over = bytes > BUDGET_BYTES ? `  over ${kilobytes(BUDGET_BYTES)}` : "";
    console.log(`${page.padEnd(15)} ${figures.join(" ")} ${kilobytes(htmlBytes).padStart(11)}${over}`);
  }
  return pages.every(({ bytes }) => bytes <= BUDGET_BYTES);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const only = process.argv[process.argv.indexOf("--files") + 1];
  const within = print(path.resolve(import.meta.dirname, "..", "out"), only);
  process.exitCode = within ? 0 : 1;
}
