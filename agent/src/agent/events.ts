import type { LeaseState } from "../etcd/index.ts";
import type { Held, Hold } from "../protocol/index.ts";

/** What the agent tells its host as it happens. */
export interface AgentEvents {
  /** A revision, or a list, was taken; `levers` (`kind/name`) serve another body now. */
  applied: {
    readonly ownRevision: number;
    readonly sharedRevision: number;
    readonly levers: readonly string[];
    readonly held: readonly Held[];
  };
  /** Nothing new is obeyed from now on, or it is again. */
  hold: Hold | undefined;
  lease: LeaseState;
  /** Whether this instance asks for calls: false once it is drained, isolated, weighs nothing, or closes. */
  takesCalls: boolean;
  /** A receipt was written, or was not. */
  receipt: { readonly error: unknown };
}

/** Listeners by event; one that throws harms nobody else. */
export class EventHub {
  readonly #listeners = new Map<keyof AgentEvents, Set<(value: never) => void>>();

  on<Event extends keyof AgentEvents>(
    event: Event,
    listener: (value: AgentEvents[Event]) => void,
  ): () => void {
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  /** Whether anybody listens: what nobody hears need not be worked out. */
  hears(event: keyof AgentEvents): boolean {
    return (this.#listeners.get(event)?.size ?? 0) > 0;
  }

  tell<Event extends keyof AgentEvents>(event: Event, value: AgentEvents[Event]): void {
    for (const listener of this.#listeners.get(event) ?? []) {
      try {
        (listener as (value: AgentEvents[Event]) => void)(value);
      } catch {
        // The host's listener; the agent goes on.
      }
    }
  }
}
