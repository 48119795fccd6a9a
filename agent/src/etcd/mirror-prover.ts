import { pause } from "./backoff.ts";
import type { Etcd } from "./client.ts";
import { EtcdError } from "./errors.ts";
import { anotherLife, type Evidence, holds, readEvidence } from "./mirror-check.ts";
import type { MirrorState } from "./mirror-state.ts";
import type { MirrorTable } from "./mirror-table.ts";
import type { MirrorProof, MirrorTimings } from "./mirror-types.ts";
import type { Watch } from "./mirror-watch.ts";

export interface ProverOptions {
  readonly etcd: Etcd;
  readonly prefix: string;
  readonly proof: MirrorProof;
  readonly timings: MirrorTimings;
  readonly table: MirrorTable;
  readonly state: MirrorState;
  readonly random: () => number;
  /** etcd answered, and it is the same life of the data. */
  readonly onSameLife: () => void;
  readonly onError: (error: unknown) => void;
}

/**
 * Proves a watch: asks etcd what the prefix is like and waits until the mirror holds it, once before any event of the
 * watch is let in and then every so often. Ends a watch that belongs to another life of the data, or that stays silent
 * while etcd is known to be newer; for one that is silent again after it was reopened, a list is asked for.
 */
export class Prover {
  readonly #options: ProverOptions;
  #checking: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** The mirror was behind, and the watch was reopened for it. */
  #reopened = false;
  #partsSeen = 0;
  #wake: () => void = () => {};

  constructor(options: ProverOptions) {
    this.#options = options;
  }

  /** Checks now, or joins the check that is under way. Never rejects. */
  check(watch: Watch): Promise<void> {
    this.#checking ??= this.#prove(watch).finally(() => {
      this.#checking = undefined;
    });
    return this.#checking;
  }

  /** A message of the watch was applied. */
  partCame(): void {
    this.#partsSeen++;
    this.#wake();
  }

  /** To be called when the watch has ended: resolves when no check is left running. */
  async settle(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#checking;
    clearTimeout(this.#timer);
  }

  async #prove(watch: Watch): Promise<void> {
    clearTimeout(this.#timer);
    const { table, proof, state, timings, random, onSameLife } = this.#options;
    // Judged by what was known when it was asked: meanwhile events may raise the revisions seen.
    const before = table.life;
    const evidence = await this.#ask(watch);
    if (!evidence || !before || watch.gone.aborted) return;
    const headRevision = proof.kind === "head" ? evidence.modRevision : 0;
    const stranger = anotherLife(before, { ...evidence, headRevision });
    if (stranger !== undefined) {
      watch.end("epoch", stranger);
      return;
    }
    table.learn(evidence);
    onSameLife();
    watch.release();
    if (!(await this.#catchUp(watch, evidence))) return;
    // Same newest revision and count as etcd at that revision: nothing up to there is missing.
    if (proof.kind === "newest") table.advance(evidence.revision);
    this.#reopened = false;
    state.proved();
    this.#later(watch, timings.checkEveryMs * (0.9 + 0.2 * random()));
  }

  async #ask(watch: Watch): Promise<Evidence | undefined> {
    const { etcd, prefix, proof, state, timings, onError } = this.#options;
    const { deadlineMs, checkEveryMs, reopenAfterMs } = timings;
    try {
      return await readEvidence(etcd, prefix, proof, { deadlineMs, signal: watch.gone });
    } catch (error) {
      if (watch.gone.aborted) return undefined;
      if (!(error instanceof EtcdError)) onError(error);
      const detail = error instanceof Error ? error.message : String(error);
      state.failed(detail);
      // A watch that was never proved must not bring events; one that was may still be good.
      if (watch.released) this.#later(watch, Math.min(checkEveryMs, reopenAfterMs));
      else watch.end("broken", detail);
      return undefined;
    }
  }

  /** Waits until the mirror holds what etcd showed. False when the watch ended, or was ended for its silence. */
  async #catchUp(watch: Watch, evidence: Evidence): Promise<boolean> {
    const { table, proof, timings } = this.#options;
    while (!watch.gone.aborted) {
      if (holds(table, proof, evidence)) return true;
      if (await this.#nextPart(watch, timings.reopenAfterMs)) continue;
      const detail = `etcd shows revision ${evidence.modRevision}, the watch stays silent at ${table.revision}`;
      watch.end(this.#reopened ? "differs" : "broken", detail);
      this.#reopened = !this.#reopened;
    }
    return false;
  }

  /** Whether a message comes within `ms`; also true when the watch ends. */
  async #nextPart(watch: Watch, ms: number): Promise<boolean> {
    const seen = this.#partsSeen;
    const came = new AbortController();
    this.#wake = () => came.abort();
    await pause(ms, AbortSignal.any([came.signal, watch.gone]));
    this.#wake = () => {};
    return this.#partsSeen !== seen || watch.gone.aborted;
  }

  #later(watch: Watch, ms: number): void {
    clearTimeout(this.#timer);
    if (watch.gone.aborted) return;
    this.#timer = setTimeout(() => void this.check(watch), ms);
    this.#timer.unref();
  }
}
