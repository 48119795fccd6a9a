import * as z from "zod";

/**
 * Everything that the outside may set, read here and nowhere else. Each line says unit, bounds and why.
 */
const schema = z.object({
  /** Where the console and its API listen. Loopback unless said otherwise: the first sign-in is a link, not a password. */
  HOST: z.string().min(1).default("127.0.0.1"),
  /** 0 takes a free port. */
  PORT: z.coerce.number().int().min(0).max(65_535).default(3000),
  /** How people reach the console, when a proxy stands before it: `https://levers.example.com`. Origins are checked against it. */
  LEVERFRAME_URL: z.url().optional(),
  /** Sites that may show the console in a frame, as origins by comma; none if unset. Whoever may frame it can lure clicks. */
  LEVERFRAME_FRAMED_BY: z
    .string()
    .default("")
    .transform((text) =>
      text
        .split(",")
        .map((origin) => origin.trim())
        .filter(Boolean),
    )
    .pipe(
      z.array(
        z.url().refine((text) => new URL(text).origin === text, {
          error: "is no origin such as https://wall.example.com",
        }),
      ),
    ),
  /** Proxies whose `X-Forwarded-For` counts, by comma: addresses and ranges such as `10.0.0.0/8`. Guesses of passwords are counted by it. */
  LEVERFRAME_TRUSTED_PROXIES: z.string().default(""),
  /** Environments made at start where they are missing, by comma. */
  LEVERFRAME_ENVIRONMENTS: z.string().default("dev,prod"),
  /** The environment whose services plain clients under `/services/` belong to; the first one if unset. */
  LEVERFRAME_FOREIGN_ENVIRONMENT: z.string().optional(),
  /** Where the embedded etcd, the session key and the CLI's token live. */
  LEVERFRAME_DATA: z.string().min(1).default(".leverframe/data"),
  /** At least 32 characters; replicas must share it. Made and kept in LEVERFRAME_DATA if unset. */
  LEVERFRAME_SESSION_KEY: z.string().min(32).optional(),
  /** `kid:base64` of 32 bytes, newest first, by comma; or a file of them. Made and kept in LEVERFRAME_DATA if unset. */
  LEVERFRAME_MASTER_KEYS: z.string().optional(),
  LEVERFRAME_MASTER_KEYS_FILE: z.string().optional(),
  /** Comma-separated endpoints of a cluster; the embedded etcd is started if unset. */
  ETCD_ENDPOINTS: z.string().optional(),
  ETCD_CA_FILE: z.string().optional(),
  ETCD_CERT_FILE: z.string().optional(),
  ETCD_KEY_FILE: z.string().optional(),
  ETCD_USERNAME: z.string().optional(),
  ETCD_PASSWORD: z.string().optional(),
  /** The history's database: `postgresql://user:password@host:5432/name`. `history.db` (SQLite) in LEVERFRAME_DATA if unset. */
  DATABASE_URL: z.string().optional(),
  /** Sign-in by a provider of OpenID Connect: its issuer's URL, and this console as its client. All three or none. */
  LEVERFRAME_OIDC_ISSUER: z.url().optional(),
  LEVERFRAME_OIDC_CLIENT_ID: z.string().optional(),
  LEVERFRAME_OIDC_CLIENT_SECRET: z.string().optional(),
  /** What the button says. */
  LEVERFRAME_OIDC_NAME: z.string().max(60).default("single sign-on"),
  /** Between two looks at what every connected console may still see, ms. Revocations count at once in any case. */
  LEVERFRAME_REAUTHORIZE_MS: z.coerce.number().int().min(100).max(600_000).default(30_000),
  /** Evaluations over OFREP that one token may ask for a second, and twice as many at once; 429 past it. */
  LEVERFRAME_OFREP_RATE: z.coerce.number().int().min(1).max(1_000_000).default(1_000),
  /** A Prometheus (or what speaks its HTTP API) that answers metric queries; then nothing is scraped here. May hold a path, user and password. */
  PROMETHEUS_URL: z.url({ protocol: /^https?$/ }).optional(),
  /** Networks whose instances may be scraped, by comma: registrations come from services, and must not lead elsewhere. Loopback and private ones if unset. */
  LEVERFRAME_SCRAPE_NETWORKS: z
    .string()
    .default("127.0.0.0/8,::1/128,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,100.64.0.0/10,fc00::/7"),
  /** `off` starts neither the telemetry store nor the ingest. */
  LEVERFRAME_TELEMETRY: z.enum(["on", "off"]).default("on"),
  /** A ClickHouse of one's own: `http://user:password@host:8123/database`. The store beside the control plane if unset. */
  CLICKHOUSE_URL: z.url({ protocol: /^https?$/ }).optional(),
  /** Where OTLP comes in over HTTP and gRPC, on HOST. 0 takes a free one; one that is taken is done without, and said. */
  LEVERFRAME_OTLP_HTTP_PORT: z.coerce.number().int().min(0).max(65_535).default(4318),
  LEVERFRAME_OTLP_GRPC_PORT: z.coerce.number().int().min(0).max(65_535).default(4317),
  /** What the telemetry store may hold in memory, MiB: queries, merges, caches. */
  LEVERFRAME_TELEMETRY_MEMORY_MB: z.coerce.number().int().min(256).max(1_048_576).default(1_024),
  /** Telemetry that the ingest may have in hand, MiB: bodies and rows. 503 past it. */
  LEVERFRAME_INGEST_QUEUE_MB: z.coerce.number().int().min(8).max(65_536).default(192),
  /** Attributes whose values are cut out beside those that ship, by comma; `*` stands for anything: `customer.*,iban`. */
  LEVERFRAME_REDACT_KEYS: z
    .string()
    .default("")
    .transform((text) =>
      text
        .split(",")
        .map((key) => key.trim())
        .filter(Boolean),
    ),
  /** Regular expressions whose matches are cut out of every value, as a JSON list: `["\\bACC-\\d+"]`. */
  LEVERFRAME_REDACT_PATTERNS: z
    .string()
    .default("[]")
    .transform((text, context) => {
      try {
        return z
          .array(z.string())
          .parse(JSON.parse(text))
          .map((pattern) => new RegExp(pattern, "g").source);
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        context.addIssue({ code: "custom", message: `is no JSON list of regular expressions: ${why}` });
        return z.NEVER;
      }
    }),
  LOG_LEVEL: z.enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"]).default("info"),
  NODE_ENV: z.string().default("development"),
  /** The CLI: where the console is, and the token that it shows. */
  LEVERFRAME_SERVER: z.url().optional(),
  LEVERFRAME_TOKEN: z.string().optional(),
  LEVERFRAME_ENV: z.string().optional(),
});

export type Environment = z.infer<typeof schema>;

/** Reads and checks the process's environment. Throws an `Error` that names each variable at fault. */
export function readEnvironment(source: NodeJS.ProcessEnv = process.env): Environment {
  const given = Object.fromEntries(Object.entries(source).filter(([, value]) => value !== ""));
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const lines = result.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
  throw new Error(`The environment is not usable:\n  ${lines.join("\n  ")}`);
}

/** Clusters of single environments: `ETCD_ENDPOINTS_PROD=…`, by variable name. */
export const readClustersByVariable = (
  source: NodeJS.ProcessEnv = process.env,
): ReadonlyMap<string, string> =>
  new Map(
    Object.entries(source).flatMap(([name, value]) =>
      name.startsWith("ETCD_ENDPOINTS_") && value ? [[name, value] as const] : [],
    ),
  );
