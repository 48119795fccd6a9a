import type { Head, Hold } from "../protocol/index.ts";

/**
 * Whether what a stream shows is to be obeyed (DESIGN §4: *a wiped or wrong etcd is not obeyed*). Pure: what was known
 * before and what is seen now give the answer, so that a restarted agent with its snapshot and an old one agree.
 */

/** What the agent remembers of the life of the data that it obeys; kept in the snapshot. */
export interface Known {
  readonly epoch?: string | undefined;
  readonly clusterId?: string | undefined;
  /** The highest revision seen in this life. */
  readonly revision: number;
  /** mod_revision of the newest head seen; 0 when there was none. */
  readonly headRevision: number;
  /** The revision once went backwards in what looks like the same life: only a confirmation ends that. */
  readonly regressed: boolean;
}

export const NOTHING_KNOWN: Known = { revision: 0, headRevision: 0, regressed: false };

/** What a stream shows after a batch. */
export interface Seen {
  readonly revision: number;
  readonly clusterId?: string | undefined;
  /** Undefined when it is absent, or can't be read. */
  readonly head?: Head | undefined;
  readonly headRevision: number;
  /** Live keys, the head not counted. */
  readonly keyCount: number;
  /** A whole list: its revision is etcd's own, where that of an event may be older than one seen elsewhere. */
  readonly listed: boolean;
}

/** What else the answer depends on. */
export interface Stake {
  /** Whether the stream has something to lose: levers in force, or the environment's own head. */
  readonly servesAnything: boolean;
  /** Epochs of the other stream, before and now: a head that is new to this stream may confirm one of them. */
  readonly siblingEpochs: readonly string[];
}

export interface Judgement {
  readonly hold?: Hold;
  readonly known: Known;
  /** Another life was confirmed: create revisions of before mean nothing any more. */
  readonly newLife: boolean;
}

/** A list with fewer of the head's keys than this is not believed. */
const LEAST_SHARE = 0.8;

const holdFor = (reason: Hold["reason"], detail: string, head: Head | undefined): Hold => ({
  reason,
  detail: detail.slice(0, 500),
  ...(head === undefined ? {} : { seenEpoch: head.epoch }),
});

function confirms(known: Known, head: Head | undefined, stake: Stake): boolean {
  if (head === undefined) return false;
  if (known.epoch !== undefined) return head.epoch !== known.epoch && head.confirms === known.epoch;
  // Where no head ever told of an epoch, the first that does is the only word there is.
  if (stake.siblingEpochs.length === 0) return true;
  return (
    stake.siblingEpochs.includes(head.epoch) ||
    (head.confirms !== undefined && stake.siblingEpochs.includes(head.confirms))
  );
}

/**
 * The revision, or the head's, is below one seen: a backup was restored. One that lost no change of this stream may
 * pass unseen, and then shows what is in force already.
 */
function findRegress(known: Known, seen: Seen): string | undefined {
  if (seen.listed && seen.revision < known.revision) {
    return `revision ${seen.revision} is below ${known.revision} seen before`;
  }
  if (seen.headRevision > 0 && seen.headRevision < known.headRevision) {
    return `head revision ${seen.headRevision} is below ${known.headRevision} seen before`;
  }
  return undefined;
}

/**
 * Compared as numbers: a process whose protobufjs can't load `long` reads 64-bit ids rounded, and its snapshot may be
 * read by one that can.
 */
const isAnotherCluster = (known: string | undefined, seen: string | undefined): boolean =>
  known !== undefined && seen !== undefined && known !== seen && Number(known) !== Number(seen);

function findForeign(known: Known, seen: Seen, stake: Stake): { hold: Hold; regressed: boolean } | undefined {
  const { head } = seen;
  const changed = (detail: string, regressed: boolean) => ({
    hold: holdFor("epoch-changed", detail, head),
    regressed,
  });
  if (isAnotherCluster(known.clusterId, seen.clusterId)) {
    return changed(`cluster ${seen.clusterId} answers in place of ${known.clusterId}`, known.regressed);
  }
  if (known.epoch !== undefined && head !== undefined && head.epoch !== known.epoch) {
    return changed(`epoch ${head.epoch} stands in place of ${known.epoch}`, known.regressed);
  }
  if (known.headRevision > 0 && head === undefined && stake.servesAnything) {
    return {
      hold: holdFor("head-missing", "the ~head that stood there is gone", head),
      regressed: known.regressed,
    };
  }
  if (known.regressed) return changed("the data went back in time and was not confirmed since", true);
  const regress = findRegress(known, seen);
  return regress === undefined ? undefined : changed(regress, true);
}

/** Decides on one stream after a batch. Without anything known before, only a list that lacks keys is not believed. */
export function judgeLife(known: Known, seen: Seen, stake: Stake): Judgement {
  const strange = known.revision === 0 ? undefined : findForeign(known, seen, stake);
  const confirmed = strange !== undefined && confirms(known, seen.head, stake);
  const nothingToLose = !stake.servesAnything && seen.head === undefined && seen.keyCount === 0;
  if (strange !== undefined && !confirmed && !nothingToLose) {
    return { hold: strange.hold, known: { ...known, regressed: strange.regressed }, newLife: false };
  }
  const trusted: Known = {
    ...known,
    ...(seen.head === undefined ? {} : { epoch: seen.head.epoch }),
    ...(seen.clusterId === undefined ? {} : { clusterId: seen.clusterId }),
    revision: strange === undefined ? Math.max(known.revision, seen.revision) : seen.revision,
    headRevision: seen.headRevision,
    regressed: false,
  };
  const newLife = strange !== undefined;
  const { head } = seen;
  if (head !== undefined && seen.keyCount < head.keyCount * LEAST_SHARE) {
    const detail = `${seen.keyCount} keys are there, the ~head counts ${head.keyCount}`;
    return { hold: holdFor("keys-missing", detail, head), known: trusted, newLife };
  }
  return { known: trusted, newLife };
}
