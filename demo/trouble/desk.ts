import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import * as z from "zod";
import { TROUBLES, type Trouble } from "./troubles.ts";

/** Where the *Trouble* command knocks: loopback only, with a secret that stands in a file of this user alone. */
export interface TroubleDesk {
  readonly url: string;
  close(): Promise<void>;
}

const order = z.object({
  trouble: z.enum(Object.keys(TROUBLES) as [Trouble, ...Trouble[]]),
  target: z.string().max(130).optional(),
});
const BODY_BYTES = 1_024;

export async function openDesk(
  secret: string,
  carryOut: (trouble: Trouble, target: string | undefined) => Promise<string>,
): Promise<TroubleDesk> {
  const server = createServer((request, response) => {
    void (async () => {
      if (request.headers.authorization !== `Bearer ${secret}`)
        return response.writeHead(401).end("not yours");
      let text = "";
      for await (const part of request as AsyncIterable<Buffer>) {
        text += part.toString();
        if (text.length > BODY_BYTES) return response.writeHead(413).end("too large");
      }
      const asked = order.safeParse(JSON.parse(text || "{}"));
      if (!asked.success) return response.writeHead(400).end(z.prettifyError(asked.error));
      return response.end(await carryOut(asked.data.trouble, asked.data.target));
    })().catch((error: unknown) => {
      response.writeHead(500).end(error instanceof Error ? error.message : String(error));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
