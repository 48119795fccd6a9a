import type { Etcd, KeepAliveStream } from "./client.ts";
import { EtcdError, toEtcdError } from "./errors.ts";

/** One keepalive stream: a question at a time, answered or failed within its deadline. */
export class Heartbeat {
  readonly #stream: KeepAliveStream;
  #settle: ((alive: boolean | EtcdError) => void) | undefined;
  #broken: EtcdError | undefined;

  static async open(etcd: Etcd): Promise<Heartbeat> {
    return new Heartbeat(await etcd.keepAliveStream());
  }

  private constructor(stream: KeepAliveStream) {
    this.#stream = stream;
    stream.on("data", (answer: { TTL: string }) => this.#settle?.(Number(answer.TTL) > 0));
    stream.on("error", (error: unknown) => this.#fail(toEtcdError(error, "keepalive", false)));
    stream.on("end", () => this.#fail(new EtcdError("UNAVAILABLE", "etcd keepalive: the stream was ended")));
  }

  /** Whether the lease still lives. Rejects with EtcdError; the stream is then of no more use. */
  ask(leaseId: string, deadlineMs: number, signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve, reject) => {
      if (this.#broken) {
        reject(this.#broken);
        return;
      }
      const abort = (): void => this.#fail(new EtcdError("CANCELLED", "etcd keepalive: closed"));
      const late = setTimeout(
        () => this.#fail(new EtcdError("DEADLINE", `etcd keepalive: no answer within ${deadlineMs} ms`)),
        deadlineMs,
      );
      this.#settle = (outcome) => {
        this.#settle = undefined;
        clearTimeout(late);
        signal.removeEventListener("abort", abort);
        if (typeof outcome === "boolean") resolve(outcome);
        else reject(outcome);
      };
      signal.addEventListener("abort", abort, { once: true });
      this.#stream.write({ ID: leaseId });
    });
  }

  close(): void {
    this.#fail(new EtcdError("CANCELLED", "etcd keepalive: closed"));
  }

  #fail(error: EtcdError): void {
    if (!this.#broken) {
      this.#broken = error;
      this.#stream.cancel();
    }
    this.#settle?.(error);
  }
}
