import { createServer, type Server, Socket } from "node:net";

/** `up` is from client to server, `down` from server to client. */
export type Direction = "up" | "down";

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
}

/**
 * A TCP proxy in this process that breaks connections on demand, in front of one port. Paused bytes are kept, not
 * lost, as on a network that stalls.
 */
export class FaultProxy implements AsyncDisposable {
  readonly port: number;
  readonly endpoint: string;
  readonly #server: Server;
  readonly #targetPort: number;
  readonly #pairs = new Set<Pair>();
  readonly #paused = new Set<Direction>();
  readonly #bytes: Record<Direction, number> = { up: 0, down: 0 };
  #refusing = false;
  #delayMs = 0;
  #cutAfter: { readonly direction: Direction; leftBytes: number } | undefined;
  #accepted = 0;
  #cuts = 0;

  /** @param port to listen at; a free one if not given. */
  static async start(targetPort: number, port = 0): Promise<FaultProxy> {
    const server = createServer({ pauseOnConnect: true });
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, "127.0.0.1", resolve);
    });
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("a TCP server has a port");
    return new FaultProxy(server, address.port, targetPort);
  }

  private constructor(server: Server, port: number, targetPort: number) {
    this.#server = server;
    this.port = port;
    this.endpoint = `http://127.0.0.1:${port}`;
    this.#targetPort = targetPort;
    server.on("connection", (client) => this.#accept(client));
  }

  /** Connections open now. */
  get connections(): number {
    return this.#pairs.size;
  }

  /** Connections ever let in. */
  get accepted(): number {
    return this.#accepted;
  }

  /** Connections cut in the middle. */
  get cuts(): number {
    return this.#cuts;
  }

  /** Bytes passed on so far. */
  passedBytes(direction: Direction): number {
    return this.#bytes[direction];
  }

  /** Resets every connection now; gives how many. */
  cutAll(): number {
    const count = this.#pairs.size;
    for (const pair of this.#pairs) this.#drop(pair);
    this.#cuts += count;
    return count;
  }

  /** Cuts everything as soon as so many more bytes have gone in that direction. Once. */
  cutAfter(direction: Direction, bytes: number): void {
    this.#cutAfter = { direction, leftBytes: bytes };
  }

  /** Whether a cut that was asked for is still to come. */
  get cutPending(): boolean {
    return this.#cutAfter !== undefined;
  }

  /** Stalls one direction, for connections open and to come. */
  pause(direction: Direction): void {
    this.#paused.add(direction);
    for (const pair of this.#pairs) this.#source(pair, direction).pause();
  }

  resume(direction: Direction): void {
    this.#paused.delete(direction);
    for (const pair of this.#pairs) this.#source(pair, direction).resume();
  }

  /** Resets new connections at once, as a dead host's port does; open ones stay. */
  refuse(refusing: boolean): void {
    this.#refusing = refusing;
  }

  /** Holds every chunk back for so long, both ways. */
  delay(ms: number): void {
    this.#delayMs = ms;
  }

  /** Ends all faults; open connections stay. */
  heal(): void {
    this.#refusing = false;
    this.#delayMs = 0;
    this.#cutAfter = undefined;
    this.resume("up");
    this.resume("down");
  }

  async close(): Promise<void> {
    for (const pair of this.#pairs) this.#drop(pair);
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #accept(client: Socket): void {
    client.on("error", () => client.destroy());
    if (this.#refusing) {
      client.resetAndDestroy();
      return;
    }
    this.#accepted++;
    const server = new Socket();
    const pair: Pair = { client, server };
    this.#pairs.add(pair);
    server.setNoDelay(true);
    client.setNoDelay(true);
    for (const socket of [client, server]) {
      socket.on("error", () => this.#drop(pair));
      socket.on("close", () => this.#drop(pair));
    }
    server.connect(this.#targetPort, "127.0.0.1", () => {
      client.on("data", (chunk) => this.#pass(pair, "up", chunk));
      server.on("data", (chunk) => this.#pass(pair, "down", chunk));
      for (const direction of ["up", "down"] as const) {
        if (this.#paused.has(direction)) this.#source(pair, direction).pause();
        else this.#source(pair, direction).resume();
      }
    });
  }

  #source(pair: Pair, direction: Direction): Socket {
    return direction === "up" ? pair.client : pair.server;
  }

  #pass(pair: Pair, direction: Direction, chunk: Buffer): void {
    const sink = direction === "up" ? pair.server : pair.client;
    const cut = this.#cutAfter;
    if (cut?.direction === direction && chunk.length >= cut.leftBytes) {
      this.#cutAfter = undefined;
      sink.write(chunk.subarray(0, cut.leftBytes), () => this.cutAll());
      return;
    }
    if (cut?.direction === direction) cut.leftBytes -= chunk.length;
    this.#bytes[direction] += chunk.length;
    const write = (): void => {
      if (sink.destroyed || sink.write(chunk)) return;
      const source = this.#source(pair, direction);
      source.pause();
      sink.once("drain", () => {
        if (!this.#paused.has(direction)) source.resume();
      });
    };
    if (this.#delayMs > 0) setTimeout(write, this.#delayMs);
    else write();
  }

  #drop(pair: Pair): void {
    if (!this.#pairs.delete(pair)) return;
    for (const socket of [pair.client, pair.server]) {
      if (socket.connecting) socket.destroy();
      else socket.resetAndDestroy();
    }
  }
}
