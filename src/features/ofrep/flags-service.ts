import type { OfrepFlags } from "@leverframe/agent/rules";
import type { EnvironmentState } from "../../domain/environment-state.ts";
import { type FlagTerms, type ServiceFlags, serviceFlags } from "../../domain/ofrep-flags.ts";
import type { Place } from "./evaluation-place.ts";

/** An environment as this process follows it. */
export interface FlagRoom {
  readonly state: EnvironmentState;
  /** Whether it can't be proved to be the present. */
  readonly stale: boolean;
  /** Told after each change of a lever. */
  onLevers(listener: () => void): () => void;
}

export interface FlagsServiceOptions extends FlagTerms {
  /** Throws NOT_FOUND for an environment that nobody made. */
  readonly room: (env: string) => FlagRoom;
}

interface Followed {
  readonly room: FlagRoom;
  readonly stop: () => void;
  version: number;
}

const MOST_SERVICES = 1_000;

/** The flags of services, worked out from the mirror when somebody asks and kept until a lever changes. */
export class FlagsService {
  readonly #options: FlagsServiceOptions;
  readonly #rooms = new Map<string, Followed>();
  readonly #known = new Map<string, { readonly version: number; readonly flags: ServiceFlags }>();
  readonly #listeners = new Set<(env: string) => void>();

  constructor(options: FlagsServiceOptions) {
    this.#options = options;
  }

  /** Throws NOT_FOUND for an environment that nobody made. */
  flags({ env, service }: Place): OfrepFlags {
    const { room } = this.#follow(env);
    const { table, revision, state } = this.#serviceFlags(env, service);
    const { stale } = room;
    return {
      table,
      state: stale ? `${state} stale` : state,
      metadata: { env, service, revision, ...(stale ? { stale } : {}) },
    };
  }

  /** Told of each change of a lever in an environment that somebody asked for. Returns what ends it. */
  onChange(listener: (env: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    for (const { stop } of this.#rooms.values()) stop();
    this.#rooms.clear();
    this.#listeners.clear();
  }

  #follow(env: string): Followed {
    const known = this.#rooms.get(env);
    if (known !== undefined) return known;
    const room = this.#options.room(env);
    const stop = room.onLevers(() => {
      followed.version += 1;
      for (const listener of this.#listeners) listener(env);
    });
    const followed: Followed = { room, stop, version: 0 };
    this.#rooms.set(env, followed);
    return followed;
  }

  #serviceFlags(env: string, service: string): ServiceFlags {
    const { room, version } = this.#follow(env);
    const key = `${env}/${service}`;
    const known = this.#known.get(key);
    if (known?.version === version) return known.flags;
    const flags = serviceFlags(room.state, service, this.#options);
    this.#known.delete(key);
    this.#known.set(key, { version, flags });
    const [oldest] = this.#known.keys();
    if (this.#known.size > MOST_SERVICES && oldest !== undefined) this.#known.delete(oldest);
    return flags;
  }
}
