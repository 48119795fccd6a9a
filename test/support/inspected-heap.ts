import WebSocket from "ws";

/** The heap of a Node process that listens for its inspector (`--inspect=127.0.0.1:port`). */
export class InspectedHeap {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, (result: { usedSize?: number }) => void>();
  #id = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (text: Buffer) => {
      const { id, result } = JSON.parse(text.toString()) as { id?: number; result?: { usedSize?: number } };
      if (id !== undefined) this.#waiting.get(id)?.(result ?? {});
    });
  }

  static async open(port: number): Promise<InspectedHeap> {
    const listed = await fetch(`http://127.0.0.1:${port}/json`, { signal: AbortSignal.timeout(5_000) });
    const [target] = (await listed.json()) as { webSocketDebuggerUrl: string }[];
    const socket = new WebSocket(target?.webSocketDebuggerUrl ?? "");
    await new Promise((resolve, reject) => {
      socket.once("open", resolve);
      socket.once("error", reject);
    });
    return new InspectedHeap(socket);
  }

  /** Bytes that are still held after all garbage was collected. */
  async heldBytes(): Promise<number> {
    // What finalizers free is garbage only for the next collection.
    for (let round = 0; round < 3; round += 1) await this.#send("HeapProfiler.collectGarbage");
    return (await this.#send("Runtime.getHeapUsage")).usedSize ?? 0;
  }

  close(): void {
    this.#socket.terminate();
  }

  #send(method: string): Promise<{ usedSize?: number }> {
    const id = ++this.#id;
    return new Promise((resolve) => {
      this.#waiting.set(id, (result) => {
        this.#waiting.delete(id);
        resolve(result);
      });
      this.#socket.send(JSON.stringify({ id, method }));
    });
  }
}
