export { SnapshotFile, snapshotPath } from "./snapshot-file.ts";
export { SnapshotKeeper } from "./snapshot-keeper.ts";
export type { Snapshot } from "./snapshot-schema.ts";
