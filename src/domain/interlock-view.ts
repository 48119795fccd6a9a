import type { Kind, ResourceRef } from "@leverframe/agent/protocol";
import type { EnvironmentSettings } from "./environment-settings.ts";
import type { StoredEntry } from "./stored-entry.ts";

/** A lever's stored body, and whose it is. */
export interface PlacedEntry {
  readonly ref: ResourceRef;
  readonly entry: StoredEntry;
}

/** What the interlock looks at: an environment as it stands. Every answer comes from memory, at once. */
export interface InterlockView {
  readonly settings: EnvironmentSettings;
  current(ref: ResourceRef): StoredEntry | undefined;
  /** Levers of one kind: of one scope (`*` too), or of every scope where none is named. */
  levers(kind: Kind, scope?: string): readonly PlacedEntry[];
  /** Levers that may name others in `requires` or `conflicts`. */
  linked(): readonly PlacedEntry[];
  /** Services with a registration. */
  services(): readonly string[];
  /** Instances that are registered under a living lease, are not leaving and hold to no older epoch. */
  instances(service: string): readonly string[];
  /** Whether an instance of the service declares that its code reads a lever; undefined where none has spoken. */
  declares(service: string, kind: Kind, name: string): boolean | undefined;
  /** The revision of a scope's head as this view saw it; 0 where there is none. */
  headRevision(scope: string): number;
}
