import { mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import type * as Chdb from "chdb";
import type { Session } from "chdb";
import { isName, quoted } from "./statement.ts";

export interface EngineOptions {
  readonly dir: string;
  readonly memoryBytes: number;
  readonly threads: number;
}

export interface Asked {
  readonly sql: string;
  readonly database: string | undefined;
  /** Settings and parameters (`param_…`), by name. */
  readonly settings: ReadonlyMap<string, string>;
  /** Of the answer, where the SQL names none. */
  readonly format: string;
}

export interface Answered {
  readonly bytes: Uint8Array;
  readonly rowsRead: number;
}

/** Queries and inserts have sessions of their own, so that no page holds up what is coming in. */
export type Lane = "query" | "insert";
const QUERIES_AT_ONCE = 3;
/** Or fewer, as many as it has threads: while rows come in, a core is left to whatever carries a lever. */
const INSERTS_AT_ONCE = 2;
/** In each lane; past it a request is refused. */
const WAITING = 200;
/** Of one answer: a page that wants more asks for less at a time. */
const RESULT_BYTES = 64 * 1024 ** 2;
/** Of one query at the most, whatever it asks for. */
const EXECUTION_SECONDS = 60;

/** Too many wait already: worded and numbered as ClickHouse does. */
export class EngineBusyError extends Error {
  readonly clickhouseCode = 202;
  constructor() {
    super("Code: 202. DB::Exception: Too many simultaneous queries. (TOO_MANY_SIMULTANEOUS_QUERIES)");
  }
}

/**
 * ClickHouse within this process, on one directory. A session does one thing at a time, so there are several. What
 * merges, caches and queries hold together is bounded by `memoryBytes`; an answer by 64 MiB and 60 s.
 */
export class Engine {
  readonly incomingDir: string;
  readonly #lanes: Readonly<Record<Lane, Pool>>;

  private constructor(incomingDir: string, lanes: Readonly<Record<Lane, Pool>>) {
    this.incomingDir = incomingDir;
    this.#lanes = lanes;
  }

  /** Opens the directory; rejects where another process has it, or where there is no chDB. */
  static async open({ dir, memoryBytes, threads }: EngineOptions): Promise<Engine> {
    const incomingDir = path.join(dir, "incoming");
    const dataDir = path.join(dir, "data");
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    const configFile = path.join(dir, "config.xml");
    await writeFile(configFile, configOf(memoryBytes), { mode: 0o600 });
    const { Session } = await loadChdb();
    const openOne = (): Session =>
      new Session(dataDir, {
        connectionArgs: [
          `--config-file=${configFile}`,
          `--max_threads=${threads}`,
          `--max_memory_usage=${Math.floor(memoryBytes / 2)}`,
          `--max_execution_time=${EXECUTION_SECONDS}`,
          `--max_result_bytes=${RESULT_BYTES}`,
          "--output_format_json_quote_64bit_integers=0",
        ],
      });
    const pool = (sessions: number): Pool => new Pool(Array.from({ length: sessions }, openOne));
    const engine = new Engine(incomingDir, {
      query: pool(QUERIES_AT_ONCE),
      insert: pool(Math.min(INSERTS_AT_ONCE, threads)),
    });
    // Only once the directory is ours: whoever has it may be reading these.
    await rm(incomingDir, { recursive: true, force: true });
    await mkdir(incomingDir, { recursive: true, mode: 0o700 });
    return engine;
  }

  /** Throws `EngineBusyError`, or what the engine says (`clickhouseCode`, message as ClickHouse's). */
  run(lane: Lane, asked: Asked): Promise<Answered> {
    return this.#lanes[lane].use((session) => runOn(session, asked));
  }
}

async function loadChdb(): Promise<typeof Chdb> {
  try {
    return await import("chdb");
  } catch (error) {
    throw new Error(
      "chDB is not installed here. Install it (npm i chdb), name a ClickHouse by CLICKHOUSE_URL, or set LEVERFRAME_TELEMETRY=off",
      { cause: error },
    );
  }
}

/** Settings count for one statement: they are taken back after it. */
async function runOn(session: Session, asked: Asked): Promise<Answered> {
  const settings = [...asked.settings];
  if (asked.database !== undefined) await session.queryAsync(`USE ${identifier(asked.database)}`);
  if (settings.length > 0) {
    await session.queryAsync(`SET ${settings.map(([name, value]) => `${name}=${quoted(value)}`).join(", ")}`);
  }
  try {
    const result = await session.queryAsync(asked.sql, { format: asked.format });
    return { bytes: result.bytes(), rowsRead: result.rowsRead };
  } finally {
    const left = settings.filter(([name]) => !name.startsWith("param_"));
    if (left.length > 0) {
      await session.queryAsync(`SET ${left.map(([name]) => `${name}=DEFAULT`).join(", ")}`);
    }
  }
}

const identifier = (name: string): string => {
  if (!isName(name))
    throw new Error("Code: 81. DB::Exception: Database name is not usable. (UNKNOWN_DATABASE)");
  return `\`${name}\``;
};

/** Sessions in turn; whoever comes when all are busy waits. */
class Pool {
  readonly #free: Session[];
  readonly #waiting: ((session: Session) => void)[] = [];

  constructor(sessions: Session[]) {
    this.#free = sessions;
  }

  async use<Result>(work: (session: Session) => Promise<Result>): Promise<Result> {
    const session = await this.#take();
    try {
      return await work(session);
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free.push(session);
      else next(session);
    }
  }

  #take(): Promise<Session> {
    const session = this.#free.pop();
    if (session !== undefined) return Promise.resolve(session);
    if (this.#waiting.length >= WAITING) return Promise.reject(new EngineBusyError());
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}

/** Caches small, one merge at a time: this is a store beside a control plane, not a warehouse. */
const configOf = (memoryBytes: number): string => `<clickhouse>
  <max_server_memory_usage>${memoryBytes}</max_server_memory_usage>
  <mark_cache_size>${Math.floor(memoryBytes / 16)}</mark_cache_size>
  <index_mark_cache_size>${Math.floor(memoryBytes / 64)}</index_mark_cache_size>
  <primary_index_cache_size>${Math.floor(memoryBytes / 16)}</primary_index_cache_size>
  <background_pool_size>1</background_pool_size>
</clickhouse>
`;
