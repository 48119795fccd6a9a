import { Server, ServerCredentials, type ServerInterceptor, status } from "@grpc/grpc-js";
import type { Agent } from "@leverframe/agent";
import {
  CpuSampler,
  rpcAuth,
  rpcMetrics,
  rpcPolicySchema,
  serverInterceptor,
  serverOptions,
} from "@leverframe/agent/grpc";
import { INVENTORY, type InventoryHandlers } from "./inventory-rpc.ts";
import type { ShopServer } from "./server.ts";
import { Stockroom } from "./stockroom.ts";

/** The config that says who may call what: the issuer's public keys, and a scope for each method. */
export const RPC_POLICY = "rpc-policy";
const STOP_MS = 2_000;
const NOBODY = { issuer: "nobody", audience: "inventory", jwks: { keys: [{ kty: "none" }] }, rules: [] };

/** Inventory's gRPC server, on loopback. Rejects when the port is taken. */
export async function listenInventory(port: number): Promise<ShopServer> {
  let guard: ServerInterceptor | undefined;
  const server = new Server({
    ...serverOptions(),
    interceptors: [
      (method, call) => {
        if (guard === undefined) throw new Error("inventory has not begun yet");
        return guard(method, call);
      },
    ],
  });
  const bound = await new Promise<number>((resolve, reject) =>
    server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, found) =>
      error === null ? resolve(found) : reject(error),
    ),
  );
  return {
    port: bound,
    serve(agent) {
      const policy = agent.config(RPC_POLICY, rpcPolicySchema, { default: NOBODY });
      guard = serverInterceptor(agent, {
        auth: rpcAuth(policy),
        metrics: rpcMetrics(agent.metrics),
        load: new CpuSampler(),
        limit: () => "calls",
      });
      server.addService(INVENTORY, handlersOf(agent, new Stockroom()));
    },
    close: () =>
      new Promise((resolve) => {
        const timer = setTimeout(() => server.forceShutdown(), STOP_MS);
        server.tryShutdown(() => {
          clearTimeout(timer);
          resolve();
        });
      }),
  };
}

function handlersOf(agent: Agent, room: Stockroom): InventoryHandlers {
  const { instance } = agent;
  return {
    Reserve: ({ request, metadata }, answer) => {
      const key = metadata.get("idempotency-key")[0]?.toString();
      const left = room.reserve(request.product, request.quantity, key);
      if (left === undefined)
        answer({ code: status.NOT_FOUND, details: `there is no ${request.product} here` });
      else answer(null, { reserved: true, left, instance });
    },
    // Everything as it stands, then each change; a feed ends in order when this instance is drained or goes.
    WatchStock: (call) => {
      const stops = [
        room.onChange((product, left) => void call.write({ product, left, instance })),
        agent.on("takesCalls", (takes) => {
          if (!takes) call.end();
        }),
      ];
      const stop = (): void => {
        for (const end of stops.splice(0)) end();
      };
      call.on("cancelled", stop);
      call.on("close", stop);
      for (const [product, left] of room.stock) call.write({ product, left, instance });
      if (!agent.takesCalls) call.end();
    },
  };
}
