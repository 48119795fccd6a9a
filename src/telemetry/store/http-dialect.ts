import { createHash, timingSafeEqual } from "node:crypto";
import { createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import type { Answered, Engine } from "./engine.ts";
import { isName, statementOf } from "./statement.ts";

export interface DialectOptions {
  readonly engine: Engine;
  readonly user: string;
  readonly password: string;
}

/** Of a statement. Rows of an INSERT have no bound here but the disk's: they go through a file. */
const SQL_BYTES = 1024 * 1024;
/** These say how the answer travels, and mean nothing to the engine. */
const OF_TRANSPORT = new Set([
  "query",
  "query_id",
  "database",
  "default_format",
  "user",
  "password",
  "role",
  "session_id",
  "enable_http_compression",
  "wait_end_of_query",
  "send_progress_in_http_headers",
  "http_headers_progress_interval_ms",
]);

/**
 * The part of ClickHouse's HTTP interface that `@clickhouse/client` speaks: `/ping`; statements by body or `?query=`,
 * with typed parameters, settings and a database; rows of an INSERT in the body, also gzipped; errors with their code.
 * https://clickhouse.com/docs/interfaces/http
 */
export function createDialectServer(options: DialectOptions): Server {
  let serial = 0;
  const server = createServer(
    { requestTimeout: 120_000, headersTimeout: 10_000, keepAliveTimeout: 30_000 },
    (request, response) => {
      serve(request, response).catch((error: unknown) => sendError(response, error));
    },
  );
  return server;

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://store");
    if (url.pathname === "/ping") return void response.end("Ok.\n");
    if (!isAllowed(request, url.searchParams, options)) {
      request.resume();
      return sendError(response, new Error(REFUSED), 403);
    }
    const queryId = url.searchParams.get("query_id");
    if (queryId !== null && /^[\x20-\x7e]{1,100}$/.test(queryId)) {
      response.setHeader("x-clickhouse-query-id", queryId);
    }
    const inUrl = url.searchParams.get("query");
    const hasBody = request.headers["content-length"] !== "0" && request.method === "POST";
    const sql = inUrl ?? (await readText(request));
    const statement = statementOf(sql, inUrl !== null && hasBody);
    if (statement === undefined) throw new Error(UNKNOWN_INSERT);
    const asked = {
      database: url.searchParams.get("database") ?? undefined,
      settings: settingsOf(url.searchParams),
      format: url.searchParams.get("default_format") ?? "TabSeparated",
    };
    if (statement.is === "query") {
      const lane = /^\s*insert\s/i.test(statement.sql) ? "insert" : "query";
      return sendAnswer(response, await options.engine.run(lane, { ...asked, sql: statement.sql }));
    }
    serial += 1;
    const file = path.join(options.engine.incomingDir, `${serial}`);
    try {
      await keep(request, file);
      const answer = await options.engine.run("insert", { ...asked, sql: statement.withFile(file) });
      sendAnswer(response, answer, answer.rowsRead);
    } finally {
      await rm(file, { force: true });
    }
  }
}

const REFUSED =
  "Code: 516. DB::Exception: Authentication failed: password is incorrect, or there is no such user. (AUTHENTICATION_FAILED)";
const UNKNOWN_INSERT =
  "Code: 62. DB::Exception: Syntax error: this store takes rows for INSERT INTO … FORMAT … alone. (SYNTAX_ERROR)";

function isAllowed(
  request: IncomingMessage,
  search: URLSearchParams,
  { user, password }: DialectOptions,
): boolean {
  const basic = /^Basic (\S+)$/.exec(request.headers.authorization ?? "")?.[1];
  const pair =
    basic === undefined
      ? `${header(request, "x-clickhouse-user") ?? search.get("user") ?? ""}:${header(request, "x-clickhouse-key") ?? search.get("password") ?? ""}`
      : Buffer.from(basic, "base64").toString();
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(pair), digest(`${user}:${password}`));
}

const header = (request: IncomingMessage, name: string): string | undefined =>
  [request.headers[name]].flat()[0];

function settingsOf(search: URLSearchParams): ReadonlyMap<string, string> {
  const settings = new Map<string, string>();
  for (const [name, value] of search) {
    if (OF_TRANSPORT.has(name)) continue;
    if (!isName(name)) throw new Error("Code: 115. DB::Exception: Unknown setting. (UNKNOWN_SETTING)");
    settings.set(name, value);
  }
  return settings;
}

async function readText(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of bodyOf(request)) {
    size += part.length;
    if (size > SQL_BYTES) throw new Error("Code: 62. DB::Exception: Max query size exceeded. (SYNTAX_ERROR)");
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}

const keep = (request: IncomingMessage, file: string): Promise<void> =>
  pipeline(bodyOf(request), createWriteStream(file, { mode: 0o600 }));

function bodyOf(request: IncomingMessage): AsyncIterable<Buffer> {
  if (request.headers["content-encoding"] !== "gzip") return request;
  const gunzip = createGunzip();
  request.once("error", (error) => gunzip.destroy(error));
  return request.pipe(gunzip);
}

function sendAnswer(response: ServerResponse, { bytes, rowsRead }: Answered, writtenRows = 0): void {
  const summary = { read_rows: `${rowsRead}`, written_rows: `${writtenRows}` };
  response.setHeader("x-clickhouse-summary", JSON.stringify(summary));
  response.setHeader("content-length", bytes.length);
  response.end(bytes);
}

function sendError(response: ServerResponse, error: unknown, status?: number): void {
  if (response.headersSent) return void response.destroy();
  const message = error instanceof Error ? error.message : String(error);
  const code = /^Code: (\d+)\./.exec(message)?.[1];
  response.writeHead(status ?? 500, { "x-clickhouse-exception-code": code ?? "1002" });
  response.end(code === undefined ? `Code: 1002. DB::Exception: ${message} (UNKNOWN_EXCEPTION)` : message);
}
