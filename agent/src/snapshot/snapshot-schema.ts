import { createHash } from "node:crypto";
import * as z from "zod";
import type { LiveImage } from "../live-state/index.ts";

/** What an agent keeps on disk: the bodies in force, raw, and the registries that it follows. */

const knownSchema = z.object({
  epoch: z.string().optional(),
  clusterId: z.string().optional(),
  revision: z.int().min(0),
  headRevision: z.int().min(0),
  regressed: z.boolean(),
});

const streamSchema = z.object({
  revision: z.int().min(0),
  known: knownSchema,
  goods: z.array(
    z.object({
      key: z.string(),
      value: z.string(),
      modRevision: z.int().min(0),
      createRevision: z.int().min(0).optional(),
    }),
  ),
});

const snapshotSchema = z.object({
  format: z.literal(1),
  env: z.string(),
  service: z.string(),
  instance: z.string(),
  /** When etcd last confirmed this state, in ms since 1970. */
  savedAtMs: z.number(),
  live: z.object({ own: streamSchema, shared: streamSchema }),
  /** Service → instance → the registration's body. */
  registries: z.record(z.string(), z.record(z.string(), z.string())),
});
export type Snapshot = Omit<z.infer<typeof snapshotSchema>, "live"> & { readonly live: LiveImage };

const fileSchema = z.object({ checksum: z.string(), snapshot: z.unknown() });

const digest = (text: string): string => createHash("sha256").update(text).digest("hex");

/** The file's text: the snapshot under its own checksum. */
export function encodeSnapshot(snapshot: Snapshot): string {
  const text = JSON.stringify(snapshot);
  return `{"checksum":"${digest(text)}","snapshot":${text}}\n`;
}

/** Reads what `encodeSnapshot` wrote. Throws an `Error` that says what is wrong with it. */
export function decodeSnapshot(text: string): Snapshot {
  const { checksum, snapshot } = fileSchema.parse(JSON.parse(text));
  if (digest(JSON.stringify(snapshot)) !== checksum) throw new Error("the checksum does not fit");
  return snapshotSchema.parse(snapshot);
}

/** Whether `next` would put an older state of the same life in the place of `kept`. */
export function isOlder(next: Snapshot, kept: Snapshot): boolean {
  return (["own", "shared"] as const).some((name) => {
    const ours = next.live[name];
    const theirs = kept.live[name];
    const sameLife =
      ours.known.epoch === theirs.known.epoch && ours.known.clusterId === theirs.known.clusterId;
    return sameLife && ours.revision < theirs.revision;
  });
}
