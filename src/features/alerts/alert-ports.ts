import type {
  AlertSettings,
  AlertState,
  Notification,
  Receiver,
  ReceiverTarget,
  Told,
} from "../../domain/alerts/index.ts";
import type { Fence } from "../../domain/change-set.ts";

/** A rule that could not be looked at. */
export interface AlertProblem {
  readonly rule: string;
  /** ISO */
  readonly since: string;
  readonly why: string;
}

/** A message that did not get through, or the last one that did. */
export interface Delivery {
  readonly receiver: string;
  readonly at: string;
  readonly ok: boolean;
  readonly why?: string;
}

/** How an environment's alerts stand, as the control plane that leads keeps it for all. */
export interface AlertBook {
  readonly alerts: readonly AlertState[];
  readonly told: readonly Told[];
  readonly problems: readonly AlertProblem[];
  /** The newest of each receiver. */
  readonly deliveries: readonly Delivery[];
  /** ISO; when the rules were looked at last. Undefined before the first look. */
  readonly lookedAt?: string;
}

export interface KeptBook {
  readonly book: AlertBook;
  /** etcd's revision of it; 0 where there is none. */
  readonly modRevision: number;
}

/** Settings and book of each environment, in etcd. Everything throws a `DomainError` UNAVAILABLE while etcd is away. */
export interface AlertStore {
  settings(env: string): Promise<AlertSettings>;
  /** By what stands; whoever changes them at the same moment is not overwritten. Gives what stands then. */
  change(env: string, change: (standing: AlertSettings) => AlertSettings): Promise<AlertSettings>;
  book(env: string): Promise<KeptBook>;
  /** Undefined where this process leads no more, or somebody else wrote: then nothing was written. */
  keep(env: string, before: number, book: AlertBook, fence: Fence): Promise<number | undefined>;
}

/** One time that an alert fired, as the history keeps it. */
export interface LoggedAlert {
  readonly source: "rule" | "alertmanager";
  readonly fingerprint: string;
  readonly name: string;
  readonly severity: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** ISO */
  readonly startsAt: string;
  readonly endsAt?: string;
  readonly value?: number;
}

export interface AlertPage {
  readonly rows: readonly LoggedAlert[];
  /** What to ask for next; undefined at the end. */
  readonly next?: string;
}

/** The history of alerts, in SQL. Everything throws a `DomainError` UNAVAILABLE while SQL is away. */
export interface AlertLog {
  /** Once for each (source, fingerprint, start): said again, it only learns its end. Gives how many were new, or ended now. */
  record(env: string, alerts: readonly LoggedAlert[]): Promise<number>;
  list(
    env: string,
    page: { readonly limit: number; readonly before?: string; readonly name?: string },
  ): Promise<AlertPage>;
  /** What an Alertmanager told of and has not ended. */
  firingElsewhere(env: string): Promise<readonly LoggedAlert[]>;
  forget(before: Date, atMost: number): Promise<number>;
}

/** Brings a message to where a receiver wants it, within 10 s; rejects with an `Error` that says why it could not. */
export type Deliver = (
  receiver: Pick<Receiver, "name" | "sendResolved">,
  target: ReceiverTarget,
  notification: Notification,
) => Promise<void>;
