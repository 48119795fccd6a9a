/** The two prefixes that an agent follows: its own service's levers and those of every service. */
export const STREAMS = ["own", "shared"] as const;
export type StreamName = (typeof STREAMS)[number];

/** A key as it stands in etcd. The mirror's `KeyValue` is one. */
export interface RawEntry {
  readonly key: string;
  readonly value: Buffer;
  readonly createRevision: number;
  readonly modRevision: number;
}

export type RawChange =
  | { readonly type: "put"; readonly entry: RawEntry }
  | { readonly type: "delete"; readonly key: string; readonly revision: number };

/** What a mirror hands over: everything as it stands, or one whole revision. The mirror's `MirrorBatch` is one. */
export type RawBatch =
  | {
      readonly kind: "list";
      readonly revision: number;
      readonly entries: ReadonlyMap<string, RawEntry>;
    }
  | { readonly kind: "revision"; readonly revision: number; readonly changes: readonly RawChange[] };
