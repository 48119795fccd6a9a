/** Bytes of gzip, 200 KB of 1,000 bytes. */
export const BUDGET_BYTES: number;

export interface FirstLoad {
  readonly page: string;
  readonly bytes: number;
  readonly htmlBytes: number;
  readonly scripts: readonly { readonly address: string; readonly bytes: number }[];
}

/** Every page of a build with the scripts of its first load. */
export function firstLoads(out: string): readonly FirstLoad[];
