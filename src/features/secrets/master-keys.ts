import type { ServiceKey } from "@leverframe/agent/secrets";

/** The keys that every service's key is derived from, newest first. They never leave the control plane. */
export interface MasterKeys {
  readonly all: () => readonly ServiceKey[];
  /** The one that closes; throws INVALID where there is none. */
  readonly current: () => ServiceKey;
  /** Makes a newer one and keeps it; throws INVALID where the keys are given from outside. */
  readonly renew: () => Promise<string>;
}
