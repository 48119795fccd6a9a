import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import path from "node:path";
import sirv from "sirv";

export type PageHandler = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * Serves the console's static shells. Each page's inline scripts are known at start, so that the policy allows those
 * and no others. Only the origins of `framedBy` may show a page in a frame.
 */
export async function staticPages(directory: string, framedBy: readonly string[] = []): Promise<PageHandler> {
  const policies = await policiesOf(directory, framedBy);
  const serve = sirv(directory, {
    etag: true,
    extensions: ["html"],
    setHeaders(response, file) {
      if (file.startsWith("/_next/static/"))
        response.setHeader("cache-control", "public, max-age=31536000, immutable");
      else response.setHeader("cache-control", "no-cache");
    },
  });
  const fallback = policies.get("/404") ?? basePolicy([], framedBy);
  return (request, response) => {
    const pathname = (request.url ?? "/").split("?")[0] ?? "/";
    // It knows all or none; the policy names who.
    if (framedBy.length > 0) response.removeHeader("x-frame-options");
    response.setHeader(
      "content-security-policy",
      policies.get(pathname.replace(/\/$/, "") || "/") ?? fallback,
    );
    serve(request, response, () => {
      response.statusCode = 404;
      request.url = "/404";
      serve(request, response, () => {
        response.end("Not found");
      });
    });
  };
}

const basePolicy = (scripts: readonly string[], framedBy: readonly string[]): string =>
  [
    "default-src 'self'",
    `script-src 'self' ${scripts.join(" ")}`.trim(),
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    `frame-ancestors ${framedBy.length === 0 ? "'none'" : framedBy.join(" ")}`,
  ].join("; ");

async function policiesOf(directory: string, framedBy: readonly string[]): Promise<Map<string, string>> {
  const policies = new Map<string, string>();
  const files = await readdir(directory, { recursive: true });
  for (const file of files.filter((name) => name.endsWith(".html"))) {
    const html = await readFile(path.join(directory, file), "utf8");
    const hashes = [...html.matchAll(/<script(?![^>]*\bsrc=)[^>]*>([\s\S]*?)<\/script>/g)].map(
      (match) =>
        `'sha256-${createHash("sha256")
          .update(match[1] ?? "")
          .digest("base64")}'`,
    );
    const page = `/${file
      .replaceAll(path.sep, "/")
      .replace(/(^|\/)index\.html$/, "")
      .replace(/\.html$/, "")}`;
    policies.set(page, basePolicy([...new Set(hashes)], framedBy));
  }
  return policies;
}
