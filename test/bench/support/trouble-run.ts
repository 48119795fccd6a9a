/** One order of a run: when it is placed, in ms after the start, and by whom. */
export interface Order {
  readonly atMs: number;
  readonly user: string;
}

export interface Done extends Order {
  readonly tookMs: number;
  readonly ok: boolean;
  readonly paid: boolean;
}

/** A second, as the bank saw it. */
export interface Asked {
  readonly first: number;
  readonly retries: number;
  readonly waiting: number;
}

export interface TroubleRun {
  readonly done: readonly Done[];
  readonly asked: readonly Asked[];
  readonly charged: number;
  readonly repeated: number;
  /** Seconds after the trouble's end until nine of ten orders were paid in time, for five seconds; undefined: not before the hand. */
  readonly recoveredS: number | undefined;
}
