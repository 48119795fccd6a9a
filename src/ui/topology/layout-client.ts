import ELK from "elkjs/lib/elk-api.js";
import { type ElkAnswer, type LayoutInput, layOut, type Placement } from "./layout.ts";

/** A layout that takes longer is given up. */
const DEADLINE_MS = 20_000;
/** A worker that did one layout does the next several times faster; unused it goes. */
const IDLE_MS = 120_000;

type Elk = InstanceType<typeof ELK>;
let kept: { readonly elk: Elk; idle: ReturnType<typeof setTimeout> | undefined } | undefined;

function worker(): Elk {
  kept ??= {
    elk: new ELK({
      workerFactory: () => new Worker(new URL("elkjs/lib/elk-worker.min.js", import.meta.url)),
    }),
    idle: undefined,
  };
  clearTimeout(kept.idle);
  return kept.elk;
}

function end(): void {
  clearTimeout(kept?.idle);
  kept?.elk.terminateWorker();
  kept = undefined;
}

/** Lays out in a worker of this page's own origin, started when it is first asked. Rejects past 20 s, or where none can start. */
export async function layOutApart(input: LayoutInput): Promise<Placement> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("the layout took too long")), DEADLINE_MS);
  });
  try {
    const elk = worker();
    const placement = await Promise.race([
      layOut(input, (graph) => elk.layout(graph) as Promise<ElkAnswer>),
      late,
    ]);
    if (kept !== undefined) {
      clearTimeout(kept.idle);
      kept.idle = setTimeout(end, IDLE_MS);
    }
    return placement;
  } catch (error) {
    // What hangs is not asked again.
    end();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
