import { type Author, formatRef } from "@leverframe/agent/protocol";
import { allows, describeNeed, type Need, type Scope } from "../../domain/access.ts";
import type { PublishTerms } from "../../domain/change-set.ts";
import { type ChangeSetRequest, validate } from "../../domain/change-set-request.ts";
import type { Approvals as Rule } from "../../domain/environment-settings.ts";
import { DomainError, isDomainError } from "../../domain/errors.ts";
import { type Principal, permits, personOf } from "../access/principal.ts";
import { interlockRefusal } from "../publish/interlock-refusal.ts";
import type { Published, Publisher } from "../publish/publish-service.ts";
import type { Approval, ApprovalRecord, ApprovalStore } from "./approval-record.ts";

export interface ApprovalsOptions {
  readonly store: ApprovalStore;
  /** Publishes without asking for a second person. */
  readonly publisher: Publisher;
  /** Whether an environment asks for a second person, from memory. */
  readonly rule: (env: string) => Rule;
  readonly setRule: (env: string, rule: Rule) => Promise<void>;
  /** The person behind an author; undefined for a machine, a rule or etcd alone. */
  readonly personBehind: (author: Author) => string | undefined;
  /** Whether an author is the token for emergencies. */
  readonly isBreakGlass: (author: Author) => boolean;
  /** What a person may do now; nothing for who is disabled. */
  readonly scopesOf: (person: string) => readonly Scope[];
  readonly now: () => Date;
}

/** What waits, in a line. */
export interface ApprovalRow {
  readonly id: string;
  readonly kind: ApprovalRecord["kind"];
  readonly person: string;
  readonly at: string;
  readonly reason: string;
  readonly override: string | null;
  readonly levers: readonly string[];
}

/** What an error PROPOSED holds. */
export interface Proposed {
  readonly changeSetId: string;
  readonly env: string;
}

/** Waiting in one environment. */
const WAITING = 500;
const RECORD_BYTES = 512 * 1024;

/**
 * Two persons for one change, where an environment asks for it. A change set that a person publishes there, by whatever
 * way, waits until another operator of its services approves; it is then published under its author's name with the
 * approver beside it. An admin who overrides, or the break-glass token, goes ahead at
 * once, and leaves a review for somebody else. Machines' tokens and rules are not asked: an admin made them.
 */
export class Approvals {
  readonly #options: ApprovalsOptions;

  constructor(options: ApprovalsOptions) {
    this.#options = options;
  }

  /** The publisher for everybody: throws PROPOSED with {@link Proposed} where a change set waits instead. */
  guarded(): Publisher {
    const { publisher } = this.#options;
    return {
      dryRun: (request, terms) => publisher.dryRun(request, terms),
      publish: (request, terms) => this.#publish(request, terms),
    };
  }

  rule(env: string): Rule {
    return this.#options.rule(env);
  }

  /** Counts from the next change set on; what waits goes on waiting. Throws NOT_FOUND. */
  async setRule(env: string, rule: Rule): Promise<void> {
    await this.#options.setRule(env, rule);
  }

  async list(env: string): Promise<readonly ApprovalRow[]> {
    return (await this.#options.store.list(env)).map((one) => ({
      id: one.id,
      kind: one.kind,
      person: one.person,
      at: one.at,
      reason: one.request.reason,
      override: one.request.override?.reason ?? null,
      levers: one.request.edits.map(formatRef),
    }));
  }

  /** One that waits, whole. Throws NOT_FOUND. */
  async get(env: string, id: string): Promise<Approval> {
    const found = await this.#options.store.get(env, id);
    if (found !== undefined) return found;
    throw new DomainError(
      "NOT_FOUND",
      `${id} does not wait in ${env} (any more). Look: leverframe approvals list.`,
    );
  }

  /** Publishes a proposal. Throws FORBIDDEN to its author, and whatever a publish throws: it then goes on waiting. */
  async approve(env: string, id: string, by: Principal): Promise<Published> {
    const found = await this.#another(env, id, by);
    if (found.kind !== "proposal") {
      throw new DomainError("INVALID", `${id} was published already: acknowledge it instead.`);
    }
    const need = needOf(found);
    if (!allows(this.#options.scopesOf(found.person), need)) {
      throw new DomainError(
        "FORBIDDEN",
        `${found.person} may not publish this any more: reject it. ${describeNeed(need)}`,
      );
    }
    const { terms } = found;
    const done = await this.#options.publisher.publish(
      { ...found.request, author: found.author },
      {
        journal: { ...defined(terms?.journal ?? {}), approvedBy: by.author },
        consumes: [...(terms?.consumes ?? []), found.key],
        expects: new Map([...(terms?.expects ?? []), [found.key, found.modRevision]]),
      },
    );
    // An earlier attempt went through without its answer: nothing waits any more.
    if (done.repeated) await this.#options.store.remove(found);
    return done;
  }

  /** Drops a proposal. Its author may too: that is withdrawing it. */
  async reject(env: string, id: string, by: Principal): Promise<void> {
    const found = await this.get(env, id);
    if (found.kind !== "proposal") {
      throw new DomainError("INVALID", `${id} was published already: undo it, and acknowledge the review.`);
    }
    this.#permit(found, by);
    await this.#remove(found);
  }

  /** Says that somebody else has looked at an override. */
  async acknowledge(env: string, id: string, by: Principal): Promise<void> {
    const found = await this.#another(env, id, by);
    if (found.kind !== "review")
      throw new DomainError("INVALID", `${id} waits to be published: approve or reject it.`);
    await this.#remove(found);
  }

  async #publish(request: ChangeSetRequest, terms: PublishTerms | undefined): Promise<Published> {
    const { publisher, rule, personBehind, isBreakGlass } = this.#options;
    const emergency = isBreakGlass(request.author);
    const person = emergency ? request.author.id : personBehind(request.author);
    if (person === undefined || typeof request.env !== "string" || rule(request.env) !== "four-eyes") {
      return publisher.publish(request, terms);
    }
    const { author, ...checked } = validate(request);
    const record: ApprovalRecord = {
      schema: 1,
      kind: request.override === undefined && !emergency ? "proposal" : "review",
      person,
      author,
      at: this.#options.now().toISOString(),
      request: checked,
    };
    if (record.kind === "review") return this.#publishForReview(request, terms, record);
    return this.#propose(request, terms, record);
  }

  async #propose(
    request: ChangeSetRequest,
    terms: PublishTerms | undefined,
    record: ApprovalRecord,
  ): Promise<Published> {
    const { store, publisher } = this.#options;
    const { env, id } = record.request;
    // Sent again after it was approved: the answer is what became of it.
    if (await store.published(env, id)) return publisher.publish(request, terms);
    const { refusals } = await publisher.dryRun(request, terms);
    // Nobody is asked to look at what could not be published anyway.
    if (refusals.length > 0 && terms?.journal?.override === undefined) throw interlockRefusal(refusals);
    await this.#refuseTooMany(env);
    const atOnce = terms?.fence !== undefined;
    const kept: ApprovalRecord["terms"] = {
      ...(terms?.journal === undefined ? {} : { journal: defined(terms.journal) }),
      ...(atOnce || terms?.consumes === undefined ? {} : { consumes: [...terms.consumes] }),
      ...(atOnce || terms?.expects === undefined ? {} : { expects: [...terms.expects] }),
    };
    const whole: ApprovalRecord = { ...record, terms: kept };
    if (Buffer.byteLength(JSON.stringify(whole)) > RECORD_BYTES) {
      throw new DomainError(
        "TOO_LARGE",
        `A change set that waits for approval is at most ${RECORD_BYTES} bytes. Split it.`,
      );
    }
    // What was scheduled stops to be scheduled by becoming a proposal.
    const guard = atOnce
      ? { fence: terms.fence, expects: terms.expects ?? new Map(), consumes: terms.consumes ?? [] }
      : undefined;
    if (!(await store.add(env, id, whole, guard))) await this.#refuseOther(whole);
    const details: Proposed = { changeSetId: id, env };
    throw new DomainError(
      "PROPOSED",
      `${env} asks for a second person: ${id} waits until another operator approves it (leverframe approvals approve ${id}).`,
      { details },
    );
  }

  /** The review stands before the change set does, so that no override goes unseen. */
  async #publishForReview(
    request: ChangeSetRequest,
    terms: PublishTerms | undefined,
    record: ApprovalRecord,
  ): Promise<Published> {
    const { store, publisher } = this.#options;
    const { env, id } = record.request;
    const before = await store.published(env, id);
    if (!before) {
      await this.#refuseTooMany(env);
      if (!(await store.add(env, id, record))) await this.#refuseOther(record);
    }
    try {
      return await publisher.publish(request, terms);
    } catch (error) {
      const unknown = !isDomainError(error) || error.code === "UNKNOWN_OUTCOME";
      const found = before || unknown ? undefined : await store.get(env, id).catch(() => undefined);
      if (found !== undefined) await store.remove(found).catch(() => false);
      throw error;
    }
  }

  async #refuseOther(record: ApprovalRecord): Promise<void> {
    const { env, id } = record.request;
    const standing = await this.#options.store.get(env, id);
    if (standing === undefined) {
      throw new DomainError("CONFLICT", `What ${id} rests on has changed just now. Look again.`, {
        details: [],
      });
    }
    const same =
      standing.person === record.person &&
      JSON.stringify(standing.request) === JSON.stringify(record.request);
    if (!same)
      throw new DomainError(
        "REUSED_ID",
        `${id} names another change set that waits in ${env}. Make a new id.`,
      );
  }

  async #refuseTooMany(env: string): Promise<void> {
    if ((await this.#options.store.count(env)) < WAITING) return;
    throw new DomainError(
      "RATE_LIMITED",
      `${WAITING} change sets wait for approval in ${env} already: approve or reject some first.`,
    );
  }

  async #another(env: string, id: string, by: Principal): Promise<Approval> {
    const found = await this.get(env, id);
    const person = personOf(by);
    if (person === undefined) {
      throw new DomainError(
        "FORBIDDEN",
        "A second person is asked for, and this token is nobody's: sign in.",
      );
    }
    if (person === found.person) {
      throw new DomainError("FORBIDDEN", `You asked for ${id} yourself: another operator must look at it.`);
    }
    this.#permit(found, by);
    return found;
  }

  #permit(found: Approval, by: Principal): void {
    const need = needOf(found);
    if (!permits(by, need)) throw new DomainError("FORBIDDEN", describeNeed(need));
  }

  async #remove(found: Approval): Promise<void> {
    if (!(await this.#options.store.remove(found))) {
      throw new DomainError("CONFLICT", `Somebody else decided on ${found.id} just now.`, { details: [] });
    }
  }
}

const needOf = (found: Approval): Need => ({
  role: "operator",
  env: found.env,
  services: [...new Set(found.request.edits.map((edit) => edit.service))],
});

type Noted = NonNullable<PublishTerms["journal"]>;

const defined = (journal: {
  readonly undoes?: Noted["undoes"] | undefined;
  readonly override?: Noted["override"] | undefined;
}): Pick<Noted, "undoes" | "override"> => ({
  ...(journal.undoes === undefined ? {} : { undoes: journal.undoes }),
  ...(journal.override === undefined ? {} : { override: journal.override }),
});
