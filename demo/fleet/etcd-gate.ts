import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** One instance's way to etcd, which *Trouble* can close. Cut = what is open breaks, what is new is refused. */
export interface EtcdGate {
  readonly endpoint: string;
  readonly open: boolean;
  cut(): void;
  heal(): void;
  close(): Promise<void>;
}

/** Opens a gate on a free loopback port. `target` is asked at each connection: a restarted etcd keeps its port. */
export async function openGate(target: string): Promise<EtcdGate> {
  const { hostname, port, protocol } = new URL(target);
  const sockets = new Set<Socket>();
  let open = true;
  const server = createServer((client) => {
    if (!open) {
      client.destroy();
      return;
    }
    const upstream = connect(Number(port), hostname);
    for (const socket of [client, upstream]) {
      socket.setNoDelay(true);
      sockets.add(socket);
      socket.on("error", () => socket.destroy());
      socket.on("close", () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    client.pipe(upstream).pipe(client);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port: own } = server.address() as AddressInfo;
  const breakAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    endpoint: `${protocol}//${hostname}:${own}`,
    get open() {
      return open;
    },
    cut() {
      open = false;
      breakAll();
    },
    heal() {
      open = true;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        breakAll();
      }),
  };
}
