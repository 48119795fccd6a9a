import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createHTTPHandler } from "@trpc/server/adapters/standalone";
import superjson from "superjson";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import { ADMIN_EVERYWHERE } from "../domain/access.ts";
import { DomainError } from "../domain/errors.ts";
import { createMutationHandler } from "./mutation-handler.ts";
import { guarded, openProcedure, router } from "./trpc.ts";

/** The short way and tRPC's own adapter over the same router: every answer must be the same. */
const sample = router({
  room: router({
    echo: openProcedure
      .input(z.object({ text: z.string(), at: z.date().optional() }))
      .mutation(({ input }) => input),
    nothing: openProcedure.mutation(() => undefined),
    mine: guarded({ role: "admin", on: "control" }).mutation(({ ctx }) => ctx.principal.author),
    conflict: openProcedure.mutation(() => {
      throw new DomainError("CONFLICT", "changed since you looked", { details: [{ theirs: 3 }] });
    }),
    late: openProcedure.mutation(() => {
      throw new DomainError("UNKNOWN_OUTCOME", "etcd did not say");
    }),
    read: openProcedure.query(() => "read"),
  }),
});

let server: Server;
let base = "";
const failed: string[] = [];

beforeAll(async () => {
  const createContext = ({ req }: { req: { headers: { authorization?: string | undefined } } }) => ({
    principal:
      req.headers.authorization === "Bearer good"
        ? { author: { kind: "token" as const, id: "cli" }, scopes: [ADMIN_EVERYWHERE] }
        : undefined,
  });
  const bodyBytes = 2_000;
  const adapter = createHTTPHandler({
    router: sample,
    basePath: "/api/",
    maxBodySize: bodyBytes,
    createContext: ({ req }) => createContext({ req }),
  });
  const short = createMutationHandler({
    router: sample,
    basePath: "/api/",
    bodyBytes,
    createContext: (req) => createContext({ req }),
    onError: (error, path) => failed.push(`${path} ${error.code}`),
    others: (request, response) => {
      response.setHeader("x-way", "others");
      adapter(request, response);
    },
  });
  server = createServer((request, response) => {
    if (request.headers["x-way"] === "adapter") adapter(request, response);
    else short(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/`;
});
afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
});

const ask = async (way: string, url: string, body: string, headers: Record<string, string>) => {
  const answer = await fetch(`${base}${url}`, {
    method: "POST",
    body,
    headers: { "content-type": "application/json", "x-way": way, ...headers },
  });
  const text = await answer.text();
  const { headers: got } = answer;
  return {
    way: got.get("x-way") ?? "short",
    said: {
      status: answer.status,
      // The id of a failure that is ours is another each time.
      text: text.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, "ID"),
      type: got.get("content-type"),
      vary: got.get("vary"),
    },
  };
};

const json = (value: unknown): string => JSON.stringify(superjson.serialize(value));
const batch = (value: unknown): string => JSON.stringify({ 0: superjson.serialize(value) });
const long = { text: "x".repeat(3_000) };

describe("a mutation is answered as by tRPC's adapter", () => {
  const cases: readonly [
    name: string,
    way: "short" | "others",
    url: string,
    body: string,
    headers?: object,
  ][] = [
    ["an answer", "short", "room.echo", json({ text: "Grüße", at: new Date(5) })],
    ["a batch of one", "short", "room.echo?batch=1", batch({ text: "a" })],
    ["no input", "short", "room.nothing", "{}"],
    ["no input in a batch", "short", "room.nothing?batch=1", "{}"],
    ["a caller who is known", "short", "room.mine", "{}", { authorization: "Bearer good" }],
    ["a caller who is not", "short", "room.mine", "{}", { authorization: "Bearer bad" }],
    ["a conflict with its details", "short", "room.conflict", "{}"],
    ["a conflict in a batch", "short", "room.conflict?batch=1", "{}"],
    ["an unknown outcome", "short", "room.late", "{}"],
    ["a wrong field", "short", "room.echo", json({ text: 5 })],
    ["an input that is no superjson", "short", "room.echo", "5"],
    ["null", "short", "room.echo", "null"],
    ["broken superjson", "short", "room.echo", '{"json":{"at":5},"meta":{"values":{"at":["Nope"]}}}'],
    ["no JSON", "others", "room.echo", "{"],
    ["an empty body", "others", "room.echo", ""],
    ["a batch that is no object", "others", "room.echo?batch=1", "5"],
    ["a batch of two", "others", "room.echo,room.nothing?batch=1", batch({ text: "a" })],
    ["a body past the bound", "others", "room.echo", json(long)],
    ["another type", "others", "room.echo", json({ text: "a" }), { "content-type": "text/plain" }],
    ["a query", "others", "room.read", "{}"],
    ["a procedure that there is not", "others", "room.none", "{}"],
    ["a name of every object", "others", "constructor", "{}"],
    ["an escaped path", "others", "room%2Eecho", json({ text: "a" })],
  ];
  test.each(cases)("%s", async (_, way, url, body, headers = {}) => {
    const expected = await ask("adapter", url, body, headers as Record<string, string>);
    const got = await ask("", url, body, headers as Record<string, string>);
    expect(got.said).toEqual(expected.said);
    expect(got.way).toBe(way);
  });
});

test("failures are reported with their path", async () => {
  failed.length = 0;
  await ask("", "room.conflict", "{}", {});
  expect(failed).toEqual(["room.conflict CONFLICT"]);
});
