import type { Agent } from "../agent/agent.ts";

/** How far what an agent serves can be trusted. */
export interface Standing {
  readonly state: "ready" | "stale" | "error";
  readonly message: string;
  /** What is said of an answer instead of its own reason. */
  readonly reason?: "CACHED" | "STALE";
}

interface Listener {
  /** These flags may say something else now. */
  readonly changed: (flags: string[]) => void;
  readonly stands: (standing: Standing) => void;
}

/** Looks at an agent's status now and then, and tells each change of it once. Never keeps the process alive. */
export class StandingWatch {
  readonly #agent: Agent;
  readonly #listener: Listener;
  readonly #ends: (() => void)[];
  #standing: Standing;

  constructor(agent: Agent, everyMs: number, listener: Listener) {
    this.#agent = agent;
    this.#listener = listener;
    this.#standing = standingOf(agent);
    const timer = setInterval(() => this.#look(), everyMs).unref();
    this.#ends = [
      () => clearInterval(timer),
      agent.on("applied", ({ levers }) => {
        this.#look();
        const table = agent.flags.table();
        const changed = new Set(levers.flatMap((lever) => table.keysOf(lever)));
        if (changed.size > 0) listener.changed([...changed]);
      }),
      agent.on("hold", () => this.#look()),
    ];
  }

  get standing(): Standing {
    return this.#standing;
  }

  close(): void {
    for (const end of this.#ends.splice(0)) end();
  }

  #look(): void {
    const now = standingOf(this.#agent);
    const before = this.#standing;
    this.#standing = now;
    if (now.state !== before.state) this.#listener.stands(now);
  }
}

/** Reads the agent's status, which is made anew each time: not for every evaluation. */
export function standingOf(agent: Agent): Standing {
  const { source, stale, hold } = agent.status;
  if (!agent.ready()) return { state: "error", message: "the agent is closed" };
  if (source === "default") {
    return { state: "error", message: "etcd has shown no levers yet, and there is no snapshot" };
  }
  const reason = source === "snapshot" ? "CACHED" : "STALE";
  if (hold !== undefined) return { state: "stale", message: `etcd is not obeyed: ${hold.reason}`, reason };
  if (source === "snapshot")
    return { state: "stale", message: "levers come from the snapshot on disk", reason };
  if (stale) return { state: "stale", message: "etcd has not confirmed the levers for 20 s", reason };
  return { state: "ready", message: "levers are live" };
}
