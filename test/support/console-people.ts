import WebSocket from "ws";
import type { Scope } from "../../src/domain/access.ts";
import { eventually } from "./eventually.ts";

/** How somebody is known to the console: the headers of their requests. */
export type Caller = Readonly<Record<string, string>>;
export const NOBODY: Caller = {};

export interface Answer<T = unknown> {
  readonly status: number;
  readonly data: T;
  /** Of a refusal. */
  readonly message: string;
  readonly code: string | undefined;
  readonly headers: Headers;
}

export interface Known {
  readonly id: string;
  readonly email: string;
  readonly password: string;
  readonly caller: Caller;
}

const PASSWORD = "a lever frame is a row of levers";

/** People and tokens at a running console, over its own HTTP. */
export class ConsolePeople {
  readonly url: string;
  readonly admin: Caller;
  #count = 0;

  constructor(url: string, token: string) {
    this.url = url;
    this.admin = bearer(token);
  }

  async ask<T = unknown>(
    caller: Caller,
    type: "query" | "mutation" | "subscription",
    procedure: string,
    input?: unknown,
  ): Promise<Answer<T>> {
    if (type === "subscription") return this.#subscribe<T>(caller, procedure, input);
    const json = JSON.stringify({ json: input ?? null });
    const query = type === "mutation" ? "" : `?input=${encodeURIComponent(json)}`;
    const response = await fetch(`${this.url}/api/trpc/${procedure}${query}`, {
      method: type === "mutation" ? "POST" : "GET",
      headers: { ...caller, "content-type": "application/json", origin: this.url },
      ...(type === "mutation" ? { body: json } : {}),
      signal: AbortSignal.timeout(20_000),
    });
    const body = (await response.json().catch(() => ({}))) as {
      result?: { data?: { json?: T } };
      error?: { json?: { message?: string; data?: { code?: string; leverframe?: { code?: string } } } };
    };
    return {
      status: response.status,
      data: body.result?.data?.json as T,
      message: body.error?.json?.message ?? "",
      code: body.error?.json?.data?.leverframe?.code ?? body.error?.json?.data?.code,
      headers: response.headers,
    };
  }

  /** Asks as the admin; throws unless it is done. */
  async do<T = unknown>(procedure: string, input: unknown, caller: Caller = this.admin): Promise<T> {
    const answer = await this.ask<T>(caller, "mutation", procedure, input);
    if (answer.status !== 200) throw new Error(`${procedure}: ${answer.status} ${answer.message}`);
    return answer.data;
  }

  post(pathname: string, body: unknown, headers: Caller = {}): Promise<Response> {
    return fetch(`${this.url}${pathname}`, {
      method: "POST",
      headers: { "content-type": "application/json", origin: this.url, ...headers },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(20_000),
    });
  }

  /** Somebody with a password, a session, and these rights. */
  async person(scopes: readonly Scope[], name = `p${++this.#count}`): Promise<Known> {
    const email = `${name}@example.com`;
    const { id, url } = await this.do<{ id: string; url: string }>("people.create", { email, name });
    for (const scope of scopes) {
      await this.do("grants.give", { subject: { kind: "person", id }, ...scope });
    }
    const code = new URL(url).searchParams.get("invitation");
    const accepted = await eventually(
      () => this.post("/api/auth/accept", { code, password: PASSWORD }),
      (answer) => answer.status !== 503,
    );
    if (accepted.status !== 204) throw new Error(`accept: ${accepted.status} ${await accepted.text()}`);
    return { id, email, password: PASSWORD, caller: cookieOf(accepted) };
  }

  async signIn({ email, password }: Pick<Known, "email" | "password">): Promise<Caller> {
    const answer = await this.post("/api/auth/sign-in", { email, password });
    if (answer.status !== 204) throw new Error(`sign-in: ${answer.status} ${await answer.text()}`);
    return cookieOf(answer);
  }

  async machineToken(scopes: readonly Scope[]): Promise<{ caller: Caller; key: string; id: string }> {
    const input = { name: `m${++this.#count}`, scopes, expiresInDays: 1, machine: true };
    const made = await this.do<{ token: string; key: string; id: string }>("tokens.create", input);
    return { caller: bearer(made.token), key: made.key, id: made.id };
  }

  /** Over a socket of its own; what was let in goes on, so that its answer is its status. */
  #subscribe<T>(caller: Caller, path: string, input: unknown): Promise<Answer<T>> {
    const answer = (status: number, message = "", code?: string): Answer<T> => ({
      status,
      data: undefined as T,
      message,
      code,
      headers: new Headers(),
    });
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(`${this.url.replace("http", "ws")}/api/ws`, {
        headers: { ...caller, origin: this.url },
      });
      const settle = (settled: Answer<T>): void => {
        resolve(settled);
        socket.terminate();
      };
      socket.on("unexpected-response", (_, response) => settle(answer(response.statusCode ?? 0)));
      socket.on("error", reject);
      socket.on("open", () =>
        socket.send(
          JSON.stringify({
            id: 1,
            jsonrpc: "2.0",
            method: "subscription",
            params: { path, input: { json: input ?? null } },
          }),
        ),
      );
      socket.on("message", (text: Buffer) => {
        if (text.toString() === "PING") return;
        const { error } = JSON.parse(text.toString()) as {
          error?: { json: { message: string; data: { httpStatus: number; code: string } } };
        };
        settle(
          error === undefined
            ? answer(200)
            : answer(error.json.data.httpStatus, error.json.message, error.json.data.code),
        );
      });
    });
  }

  /** The grants of a person, to be taken. */
  async grantsOf(id: string): Promise<readonly { id: string; role: string }[]> {
    const all = await this.ask<{ id: string; role: string; subject: { id: string } }[]>(
      this.admin,
      "query",
      "grants.list",
    );
    return all.data.filter(({ subject }) => subject.id === id);
  }
}

export const bearer = (token: string): Caller => ({ authorization: `Bearer ${token}` });

export const cookieOf = (response: Response): Caller => ({
  cookie: response.headers.get("set-cookie")?.split(";")[0] ?? "",
});
