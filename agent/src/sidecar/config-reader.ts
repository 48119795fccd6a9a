import type { Agent } from "../agent/agent.ts";
import type { ConfigHandle, ConfigSchema } from "../levers/index.ts";
import { describeIssues, resourceName } from "../protocol/index.ts";
import { etagOf, isFault } from "../rules/index.ts";
import { Refusal } from "./answers.ts";

/** What a client is told of a config. */
export interface ReadConfig {
  readonly body: Readonly<Record<string, unknown>>;
  readonly etag: string;
}

const ABSENT = Symbol("no config of that name");
/** A client's own types are its own business. */
const anything: ConfigSchema<unknown> = { safeParse: (data) => ({ success: true, data }) };
const MOST_NAMES = 500;

/** Configs by name, each declared when first asked for, so that receipts tell that it is read. */
export class ConfigReader {
  readonly #agent: Agent;
  readonly #handles = new Map<string, ConfigHandle<unknown>>();

  constructor(agent: Agent) {
    this.#agent = agent;
  }

  /** What stands for this instance. Throws a `Refusal` for no such config, and for a secret where `mayOpen` is false. */
  read(name: string, mayOpen: boolean): ReadConfig {
    const value = this.#handle(name).get();
    if (value === ABSENT) throw new Refusal(404, `there is no config ${name}`);
    const answer = this.#agent.flags.table().evaluate(`config/${name}`, {});
    const known = !isFault(answer);
    if (!known && !mayOpen) {
      throw new Refusal(
        403,
        `${name} is secret: a sidecar gives it only to who sends its token (--token-file)`,
      );
    }
    const { revision, version, service } = known ? answer.metadata : {};
    const body = { name, value, ...(known ? { revision, version, service } : { secret: true }) };
    return { body, etag: etagOf(JSON.stringify(body)) };
  }

  /** Resolves when the config may be another, or after `ms`; `signal` ends it sooner. */
  async change(name: string, ms: number, signal: AbortSignal): Promise<void> {
    let end: () => void = () => undefined;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms).unref();
      const stop = this.#handle(name).onChange(() => resolve());
      const aborted = (): void => resolve();
      signal.addEventListener("abort", aborted, { once: true });
      end = () => {
        clearTimeout(timer);
        stop();
        signal.removeEventListener("abort", aborted);
      };
    });
    end();
  }

  #handle(name: string): ConfigHandle<unknown> {
    const known = this.#handles.get(name);
    if (known !== undefined) return known;
    const named = resourceName.safeParse(name);
    if (!named.success) throw new Refusal(400, describeIssues(named.error));
    if (this.#handles.size >= MOST_NAMES)
      throw new Refusal(429, `more than ${MOST_NAMES} configs were asked for`);
    const made = this.#agent.config<unknown>(name, anything, { default: ABSENT });
    this.#handles.set(name, made);
    return made;
  }
}
