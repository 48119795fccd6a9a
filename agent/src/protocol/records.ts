import * as z from "zod";
import { changeSetId, instanceId, resourceKind, resourceName, resourceScope, serviceName } from "./names.ts";
import { BREAKER_MODES, balancingFields } from "./specs.ts";

/**
 * What stands in etcd beside the resources: heads, registrations, receipts and the journal. These are read leniently
 * by everybody (unknown fields are dropped) and written by one side only.
 */

/** One life of an etcd's data. */
export const epochId = z
  .string()
  .regex(/^[a-z0-9]{12,40}$/, { error: "epoch must be 12 to 40 of a-z and 0-9" });

/** Written with every change set beside a service's levers. */
export const headSchema = z.object({
  epoch: epochId,
  /** The epoch that an operator confirmed as continued by this one. */
  confirms: epochId.optional(),
  changeSetId: changeSetId.optional(),
  /** Live keys under the prefix after this change, the head not counted. Advisory. */
  keyCount: z.int().min(0),
  receiptSpreadMs: z.int().min(0).max(600_000),
});
export type Head = z.infer<typeof headSchema>;

export const authorSchema = z.object({
  kind: z.enum(["person", "token", "rule", "direct"]),
  id: z.string().min(1).max(200),
});
export type Author = z.infer<typeof authorSchema>;

/** How a service asks its callers to balance: its traffic lever, as an instance's registration says it. */
export const balancingSchema = z.object({
  ...balancingFields,
  /** The mod_revision of the lever: while instances tell different things, the newest holds. */
  revision: z.int().min(0),
});
export type ToldBalancing = z.infer<typeof balancingSchema>;

/** A running process, under its lease. */
export const instanceSchema = z.object({
  schema: z.literal(1),
  service: serviceName,
  instance: instanceId,
  /** Anew at each start of the process. */
  incarnation: z.string().min(1).max(64),
  /** `host:port` where the service answers; absent for a worker without a port. */
  address: z.string().max(260).optional(),
  /** `host:port` of `/metrics` and `/healthz`. */
  metricsAddress: z.string().max(260).optional(),
  version: z.string().max(64),
  zone: z.string().max(64),
  agentVersion: z.string().max(64),
  startedAt: z.iso.datetime(),
  /** Its share of the service's calls; 100 where none is said, 0 is as good as drained. */
  weight: z.int().min(0).max(1_000).optional(),
  /** It asks for no new calls while others can take them, since its traffic lever says so. */
  drained: z.boolean().optional(),
  /** It asks for no new calls at all. */
  isolated: z.boolean().optional(),
  /** Absent where no lever says it. What this release can't read is as good as absent. */
  balancing: balancingSchema.optional().catch(undefined),
  /** Set just before a graceful stop deletes the key: its deletion is then no failure. */
  leaving: z.boolean().optional(),
});
export type Instance = z.infer<typeof instanceSchema>;

export const heldSchema = z.object({
  service: resourceScope,
  kind: z.string(),
  name: z.string(),
  /** The mod_revision of the body that is not obeyed. */
  revision: z.int().min(0),
  reason: z.string().max(500),
  /** What is served in its place. */
  serving: z.enum(["last-good", "snapshot", "default"]),
});
export type Held = z.infer<typeof heldSchema>;

/** Why an agent obeys nothing new at all (DESIGN §4: *a wiped or wrong etcd is not obeyed*). */
export const holdSchema = z.object({
  reason: z.enum(["epoch-changed", "head-missing", "keys-missing"]),
  detail: z.string().max(500),
  seenEpoch: z.string().optional(),
});
export type Hold = z.infer<typeof holdSchema>;

export const readSchema = z.object({ kind: z.string(), name: z.string(), decisions: z.int().min(0) });
export type Read = z.infer<typeof readSchema>;

export const BREAKER_STATES = ["CLOSED", "OPEN", "HALF_OPEN"] as const;
/** More breakers than this are cut off, those that are closed first. */
export const MOST_BREAKERS = 200;

/** How a breaker stands at an instance. */
export const breakerReportSchema = z.object({
  name: z.string(),
  state: z.enum(BREAKER_STATES),
  mode: z.enum(BREAKER_MODES),
  /** When it came into this state, on the agent's wall clock. */
  since: z.iso.datetime(),
  /** HALF_OPEN: the trials that are over, of those that are let through. */
  trials: z.object({ done: z.int().min(0), of: z.int().min(1) }).optional(),
  /** Percent of the calls in the window; of an open breaker, what opened it. Absent where too few were made. */
  failureRate: z.number().min(0).max(100).optional(),
  slowCallRate: z.number().min(0).max(100).optional(),
  /** Calls not let through since the start. */
  refused: z.int().min(0),
  /** METRICS_ONLY: where it would stand were it NORMAL, and the calls that it would not have let through since the start. */
  wouldBe: z.enum(BREAKER_STATES).optional(),
  wouldRefuse: z.int().min(0).optional(),
});
export type BreakerReport = z.infer<typeof breakerReportSchema>;

/** More rules that act than this are cut off. */
export const MOST_RULES = 200;

/** A rule of automatic degradation that acts at an instance. */
export const ruleReportSchema = z.object({
  /** Of the `degrade` lever. */
  rule: z.string(),
  /** What it degrades here, or the breaker that it tripped. */
  switch: z.string().optional(),
  breaker: z.string().optional(),
  signal: z.string(),
  /** Of the signal, when the receipt was written; absent where too little happened to say. */
  value: z.number().optional(),
  /** How much of the switch's decisions it degrades: less than 10,000 while it recovers. */
  shareBp: z.int().min(0).max(10_000),
  /** When it began to act, on the agent's wall clock. */
  since: z.iso.datetime(),
});
export type RuleReport = z.infer<typeof ruleReportSchema>;

/** What an instance says of itself; the latest state only, without a lease. */
export const receiptSchema = z.object({
  schema: z.literal(1),
  /** The epoch that the applied state belongs to; absent before any was seen. */
  epoch: z.string().optional(),
  incarnation: z.string(),
  /** Every change of `live/{own service}/` up to this revision is applied (or held, by name). */
  ownRevision: z.int().min(0),
  /** The same of the levers of every service, `live/*` + `/`. */
  sharedRevision: z.int().min(0),
  /** How long this receipt waited, on the agent's monotonic clock, after the newest revision was applied. */
  delayMs: z.number().min(0),
  /** Digest of the keys and revisions in force. */
  digest: z.string(),
  held: z.array(heldSchema),
  unsupported: z.array(
    z.object({ service: z.string(), kind: z.string(), name: z.string(), reason: z.string().max(200) }),
  ),
  /** Levers that the code has declared, with decisions since the newest revision that touched each. */
  reads: z.array(readSchema),
  /**
   * The declared breakers; absent from agents that don't say. A list that this release can't read is as good as none:
   * it must not take the receipt with it.
   */
  breakers: z.array(breakerReportSchema).max(MOST_BREAKERS).optional().catch(undefined),
  /** Rules that degrade here by themselves now; absent from agents that don't say, and where none does. */
  degraded: z.array(ruleReportSchema).max(MOST_RULES).optional().catch(undefined),
  hold: holdSchema.optional(),
  /** A graceful stop: not counted as unproved. */
  leaving: z.boolean().optional(),
});
export type Receipt = z.infer<typeof receiptSchema>;

const editSchema = z.object({
  service: resourceScope,
  kind: resourceKind,
  name: resourceName,
  op: z.enum(["put", "delete"]),
  /** The new body; absent when deleted. */
  body: z.unknown().optional(),
  /** mod_revision of the state replaced; 0 where there was none. */
  oldRevision: z.int().min(0),
  /** SHA-256 of the body replaced. */
  oldDigest: z.string().optional(),
  /** The body replaced, only where no change set of ours holds it. */
  oldBody: z.string().optional(),
});
export type JournalEdit = z.infer<typeof editSchema>;

/** Somebody's word against the interlock's. */
export const overrideSchema = z.object({
  /** The sentences of the rules that were broken. */
  broke: z.array(z.string().max(500)).max(128),
  reason: z.string().min(1).max(500),
});

/** The record of a change set, written in its own transaction. */
export const journalSchema = z.object({
  schema: z.literal(1),
  id: changeSetId,
  groupId: changeSetId.optional(),
  author: authorSchema,
  reason: z.string(),
  at: z.iso.datetime(),
  edits: z.array(editSchema),
  /** Receipts that stood when this was published: by service, what *left* is counted from. */
  targetCount: z.record(z.string(), z.int().min(0)),
  /** The interlock was overridden: which of its rules were broken, and why. */
  override: overrideSchema.optional(),
  /** The second person, where the environment asks for one. */
  approvedBy: authorSchema.optional(),
  /** The change set that this one takes back. */
  undoes: changeSetId.optional(),
});
export type Journal = z.infer<typeof journalSchema>;
