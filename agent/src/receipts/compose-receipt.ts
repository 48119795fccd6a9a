import type { LiveState } from "../live-state/index.ts";
import {
  type BreakerReport,
  MOST_RULES,
  type Read,
  type Receipt,
  type RuleReport,
} from "../protocol/index.ts";

/** A receipt stays far below etcd's request limit, whatever is put under a prefix. Newest first. */
const MOST_HELD = 400;
const MOST_UNSUPPORTED = 400;

/** What an instance says of itself now. */
export function composeReceipt(o: {
  readonly live: LiveState;
  readonly incarnation: string;
  readonly reads: readonly Read[];
  readonly breakers: readonly BreakerReport[];
  /** Rules that degrade here by themselves. */
  readonly rules: readonly RuleReport[];
  readonly delayMs: number;
}): Receipt {
  const { live } = o;
  const { epoch, hold } = live;
  return {
    schema: 1,
    ...(epoch === undefined ? {} : { epoch }),
    incarnation: o.incarnation,
    ownRevision: live.ownRevision,
    sharedRevision: live.sharedRevision,
    delayMs: Math.round(o.delayMs * 10) / 10,
    digest: live.digest,
    held: live.held.slice(0, MOST_HELD),
    unsupported: live.unsupported
      .slice(0, MOST_UNSUPPORTED)
      .map(({ reason, ...rest }) => ({ ...rest, reason: reason.slice(0, 200) })),
    reads: [...o.reads],
    breakers: [...o.breakers],
    ...(o.rules.length === 0 ? {} : { degraded: o.rules.slice(0, MOST_RULES) }),
    ...(hold === undefined ? {} : { hold }),
  };
}
