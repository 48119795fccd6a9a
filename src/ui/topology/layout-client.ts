import ELK from "elkjs/lib/elk-api.js";
import { type ElkAnswer, type LayoutInput, layOut, type Placement } from "./layout.ts";

/** A layout that takes longer is given up. */
const DEADLINE_MS = 20_000;

/** Lays out in a worker of this page's own origin, loaded when it is first asked. Rejects past 20 s, or where none can start. */
export async function layOutApart(input: LayoutInput): Promise<Placement> {
  const elk = new ELK({
    workerFactory: () => new Worker(new URL("elkjs/lib/elk-worker.min.js", import.meta.url)),
  });
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("the layout took too long")), DEADLINE_MS);
  });
  try {
    return await Promise.race([layOut(input, (graph) => elk.layout(graph) as Promise<ElkAnswer>), late]);
  } finally {
    clearTimeout(timer);
    elk.terminateWorker();
  }
}
