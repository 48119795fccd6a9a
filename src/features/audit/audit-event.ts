/** One action or refusal, as it is kept. */
export interface AuditEvent {
  /** ULID: also the order in which they are told. */
  readonly id: string;
  readonly at: string;
  readonly actor: { readonly kind: string; readonly id: string };
  /** `publish.commit`, `auth.password`, `tokens.revoke` */
  readonly action: string;
  readonly env: string | undefined;
  /** What it was done to, in one line. */
  readonly target: string | undefined;
  readonly outcome: "done" | "refused" | "failed";
  readonly detail: Readonly<Record<string, unknown>>;
  readonly address: string | undefined;
}

export interface AuditFilter {
  readonly env?: string | undefined;
  readonly actor?: string | undefined;
  readonly action?: string | undefined;
  readonly outcome?: AuditEvent["outcome"] | undefined;
  /** From here on, and before there; ISO times. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

export interface AuditPage {
  /** Newest first. */
  readonly rows: readonly AuditEvent[];
  /** Hand it back to see what is older; undefined at the end. */
  readonly next: string | undefined;
}

/** Where the audit log lives for good. Rejects with UNAVAILABLE while SQL is away. */
export interface AuditStore {
  /** Keeps each once, however often it is told. */
  insert(events: readonly AuditEvent[]): Promise<void>;
  list(
    filter: AuditFilter,
    page: { readonly limit: number; readonly cursor?: string | undefined },
  ): Promise<AuditPage>;
  /** Drops the oldest entries from before then, at most so many. Gives how many went. */
  forget(before: Date, atMost: number): Promise<number>;
}

/** Where events wait while SQL is away; survives this process. */
export interface AuditSpool {
  /** On disk when it resolves. Gives how many did not fit. */
  append(events: readonly AuditEvent[]): Promise<number>;
  /** The oldest that wait, and how to let them go. */
  next(
    limit: number,
  ): Promise<{ readonly events: readonly AuditEvent[]; readonly done: () => Promise<void> }>;
}
