import { type Agent as HttpAgent, request as httpRequest } from "node:http";
import superjson from "superjson";
import { ulid } from "ulid";

/** A request that is written and not yet sent: the operator's client is no part of any measure. */
export interface WrittenRequest {
  readonly url: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** A change set of one edit, as the console sends it. */
export function publishRequest(
  server: string,
  token: string,
  edit: {
    readonly env: string;
    readonly service: string;
    readonly kind: string;
    readonly name: string;
    readonly spec: unknown;
    readonly baseRevision: number;
  },
): WrittenRequest {
  const { env, ...rest } = edit;
  const input = { env, id: ulid(), reason: "bench", edits: [{ op: "put", ...rest }] };
  return {
    url: `${server}/api/trpc/publish.commit`,
    body: JSON.stringify(superjson.serialize(input)),
    headers: { authorization: `Bearer ${token}` },
  };
}

/** Sends it and gives the answer's text. Rejects on any status but 200. */
export function post({ url, body, headers }: WrittenRequest, agent: HttpAgent): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      url,
      { method: "POST", agent, headers: { "content-type": "application/json", ...headers } },
      (response) => {
        const parts: Buffer[] = [];
        response.on("data", (part: Buffer) => parts.push(part));
        response.on("end", () => {
          const text = Buffer.concat(parts).toString();
          if (response.statusCode === 200) resolve(text);
          else reject(new Error(`${response.statusCode}: ${text.slice(0, 300)}`));
        });
      },
    );
    request.on("error", reject);
    request.end(body);
  });
}

interface Committed {
  readonly result: { readonly data: { readonly json: { readonly revision: number } } };
}

/** The revision that a publish was answered with. */
export const revisionOf = (answer: string): number =>
  (JSON.parse(answer) as Committed).result.data.json.revision;
