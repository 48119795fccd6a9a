import type { Etcd } from "@leverframe/agent/etcd";
import { ulid } from "ulid";
import type { Scope } from "../../src/domain/access.ts";
import { SESSION_COOKIE } from "../../src/features/access/session-cookie.ts";
import { ConsolePeople, type Known } from "./console-people.ts";
import { ControlPlaneProcess } from "./control-plane-process.ts";
import { EtcdServer } from "./etcd-server.ts";
import { registerInstances } from "./registered-instances.ts";

/** One edit as `publish.commit` takes it. */
export interface StageEdit {
  readonly service: string;
  readonly kind: string;
  readonly name: string;
  readonly op?: "put" | "delete";
  readonly spec?: unknown;
  readonly meta?: unknown;
  readonly rollout?: unknown;
  readonly expiry?: unknown;
  readonly secret?: true;
  readonly baseRevision?: number;
}

/** Edits of one change set: a transaction holds 128 puts, heads and the journal among them. */
const EDITS_AT_ONCE = 60;

export interface StageOptions {
  readonly environments?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * A control plane with an etcd of its own, for tests that stop, kill or fill things: what they do reaches nobody else.
 * Its first person is signed in as an admin of everything.
 */
export class ConsoleStage implements AsyncDisposable {
  readonly etcd: EtcdServer;
  readonly control: ControlPlaneProcess;
  readonly people: ConsolePeople;
  /** The admin whose session `storageState` gives. */
  readonly person: Known;
  readonly #client: Etcd;

  private constructor(etcd: EtcdServer, control: ControlPlaneProcess, people: ConsolePeople, person: Known) {
    this.etcd = etcd;
    this.control = control;
    this.people = people;
    this.person = person;
    this.#client = etcd.open();
  }

  static async start({ environments = "dev,prod", env = {} }: StageOptions = {}): Promise<ConsoleStage> {
    const etcd = await EtcdServer.start();
    const control = await ControlPlaneProcess.start({ etcd: etcd.endpoint, environments, env });
    const people = new ConsolePeople(control.url, await control.token());
    const person = await people.person([{ role: "admin", env: "*", services: "*" }], "ada");
    return new ConsoleStage(etcd, control, people, person);
  }

  get url(): string {
    return this.control.url;
  }

  /** What a browser holds that signed in as somebody; the stage's own person where nobody is named. */
  storageState(who: Known = this.person) {
    const [name = SESSION_COOKIE, value = ""] = (who.caller["cookie"] ?? "").split(/=(.*)/s);
    const cookie = {
      name,
      value,
      domain: "127.0.0.1",
      path: "/",
      expires: -1,
      httpOnly: true,
      secure: false,
      sameSite: "Lax" as const,
    };
    return { cookies: [cookie], origins: [] };
  }

  /** Somebody else, with these rights. */
  another(scopes: readonly Scope[], name: string): Promise<Known> {
    return this.people.person(scopes, name);
  }

  /** Publishes edits as change sets of one reason, as many as it takes. */
  async publish(env: string, reason: string, edits: readonly StageEdit[]): Promise<void> {
    for (let from = 0; from < edits.length; from += EDITS_AT_ONCE) {
      await this.people.do("publish.commit", {
        env,
        id: ulid(),
        reason,
        edits: edits
          .slice(from, from + EDITS_AT_ONCE)
          .map((edit) => ({ op: "put", baseRevision: 0, ...edit })),
      });
    }
  }

  /** Writes registrations and receipts as agents do, for instances that run nowhere. */
  register(env: string, services: Readonly<Record<string, number>>): Promise<void> {
    return registerInstances(this.#client, env, services);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.close();
    await this.control[Symbol.asyncDispose]();
    await this.etcd[Symbol.asyncDispose]();
  }
}
