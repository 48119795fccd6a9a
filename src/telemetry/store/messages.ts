import * as z from "zod";

/** What starts the store: sent once, as the first message of whoever forked it. */
export const storeOrdersSchema = z.object({
  /** Of this store alone: made if missing. */
  dir: z.string().min(1),
  user: z.string().min(1),
  password: z.string().min(16),
  /** Loopback port; 0 takes a free one. */
  port: z.number().int().min(0).max(65_535),
  /** What queries, merges and caches may hold together, in bytes. */
  memoryBytes: z
    .number()
    .int()
    .min(256 * 1024 ** 2),
  /** Of one query. */
  threads: z.number().int().min(1).max(64),
});
export type StoreOrders = z.infer<typeof storeOrdersSchema>;

/** What the store says: once, where it listens. */
export const storeReadySchema = z.object({ port: z.number().int() });
