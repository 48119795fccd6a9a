import { setPriority } from "node:os";
import { loadBodies, OtlpLoad } from "../support/otlp-load.ts";

/** What a process of senders is told to send. */
export interface SendOrders {
  readonly url: string;
  readonly token: string;
  readonly connections: number;
  readonly spansPerSecond: number | undefined;
}

/** Spans that were answered with 200 so far. */
export interface SendReport {
  readonly accepted: number;
}

const REPORT_MS = 100;
/** Services elsewhere send: what they cost there is nothing that a control plane competes with. */
const NICE = 19;

process.once("message", (message) => {
  const { url, token, connections, spansPerSecond } = message as SendOrders;
  setPriority(NICE);
  const load = new OtlpLoad({
    url,
    token,
    connections,
    bodies: loadBodies(128),
    ...(spansPerSecond === undefined ? {} : { spansPerSecond }),
  });
  // Whoever listened may be gone by then: the end comes by `disconnect`.
  const reporting = setInterval(
    () => process.send?.({ accepted: load.accepted } satisfies SendReport, () => undefined),
    REPORT_MS,
  );
  process.once("disconnect", () => {
    clearInterval(reporting);
    void load.stop().then(() => process.exit(0));
  });
});
