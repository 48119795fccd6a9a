import * as z from "zod";
import { ROLES } from "../../domain/access.ts";

const scopeSchema = z.object({ role: z.enum(ROLES), env: z.string(), services: z.string() });

/** Who may report: all tokens that count, by hash. Sent at the start, and whole after each change. */
export const tokensSchema = z.array(
  z.object({
    hash: z.string(),
    scopes: z.array(scopeSchema),
    ownerScopes: z.array(scopeSchema).optional(),
    expiresAtMs: z.number().optional(),
  }),
);

/** What starts the ingest: sent once, as the first message of whoever forked it. */
export const ingestOrdersSchema = z.object({
  host: z.string().min(1),
  /** 0 takes a free one. */
  httpPort: z.number().int().min(0).max(65_535),
  grpcPort: z.number().int().min(0).max(65_535),
  /** Bytes in hand at the most. */
  queueBytes: z
    .number()
    .int()
    .min(1024 * 1024),
  redactKeys: z.array(z.string()),
  redactPatterns: z.array(z.string()),
  storeUrl: z.string().optional(),
  tokens: tokensSchema,
});
export type IngestOrders = z.infer<typeof ingestOrdersSchema>;

/** What changes while it runs. */
export const ingestUpdateSchema = z.object({
  /** Empty: the store is away. */
  storeUrl: z.string().optional(),
  tokens: tokensSchema.optional(),
});

/** What the ingest says first: where it listens. A port of its own that was taken is undefined, with the reason. */
export const ingestReadySchema = z.object({
  /** On loopback, for the control plane's own port. */
  innerPort: z.number().int(),
  httpPort: z.number().int().optional(),
  grpcPort: z.number().int().optional(),
  taken: z.array(z.string()),
});
export type IngestReady = z.infer<typeof ingestReadySchema>;
