/** What is wrong with the eyes, in words for people; undefined where nothing is. */
export interface EyesState {
  /** Off by setting. */
  readonly off: boolean;
  readonly storeUnavailable: string | undefined;
  readonly ingestUnavailable: string | undefined;
  readonly portsTaken: readonly string[];
}

/** What a look at readiness shows. No lever waits for any of it. */
export interface EyesChecks {
  readonly store: { readonly ok: boolean; readonly why?: string };
  readonly ingest: { readonly ok: boolean; readonly why?: string };
}

/** Says what is not there and what it means. Undefined where telemetry is off: nobody waits for it then. */
export function checksOf(state: EyesState): EyesChecks | undefined {
  if (state.off) return undefined;
  const check = (why: string | undefined): { ok: boolean; why?: string } =>
    why === undefined ? { ok: true } : { ok: false, why };
  const taken =
    state.portsTaken.length === 0
      ? undefined
      : `port ${state.portsTaken.join(" and ")} is not ours: telemetry comes in by the console's own port alone`;
  return { store: check(state.storeUnavailable), ingest: check(state.ingestUnavailable ?? taken) };
}
