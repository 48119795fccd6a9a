import { formatRef, type ResourceRef } from "@leverframe/agent/protocol";

/** A lever as its author knows it. */
export interface ModelLever {
  readonly spec: unknown;
  readonly rollout?: unknown;
  readonly description?: string | undefined;
  readonly expiry?: { readonly at: string; readonly restore: unknown } | undefined;
}

interface Stood {
  readonly lever: ModelLever;
  readonly version: number;
  readonly revision: number;
}

interface Change {
  readonly id: string;
  readonly revision: number;
  readonly edits: readonly {
    readonly ref: ResourceRef;
    readonly before?: ModelLever;
    readonly after?: ModelLever;
  }[];
}

/** What an edit makes of a lever; undefined deletes it. */
export interface ModelEdit {
  readonly ref: ResourceRef;
  readonly after: ModelLever | undefined;
}

/** An environment as anybody would write it down: no etcd, no journal, no compare. The reference for ways back. */
export class LeverModel {
  now = Date.parse("2026-11-23T03:00:00.000Z");
  readonly live = new Map<string, Stood>();
  readonly changes: Change[] = [];
  readonly versions = new Map<
    string,
    { readonly version: number; readonly revision: number; readonly lever: ModelLever | undefined }[]
  >();

  at(ref: ResourceRef): Stood | undefined {
    return this.live.get(formatRef(ref));
  }

  /** What a lever that stood so means now. */
  resolved(lever: ModelLever | undefined): ModelLever | undefined {
    const { expiry } = lever ?? {};
    if (lever === undefined || expiry === undefined || Date.parse(expiry.at) > this.now) return lever;
    if (expiry.restore === null) return undefined;
    return { ...lever, spec: expiry.restore, expiry: undefined };
  }

  commit(id: string, revision: number, edits: readonly ModelEdit[]): void {
    const made = edits.map(({ ref, after }) => {
      const stood = this.at(ref);
      const name = formatRef(ref);
      const version = after === undefined ? (stood?.version ?? 0) : (stood?.version ?? 0) + 1;
      if (after === undefined) this.live.delete(name);
      else this.live.set(name, { lever: after, version, revision });
      this.versions.set(name, [...(this.versions.get(name) ?? []), { version, revision, lever: after }]);
      return {
        ref,
        ...(stood === undefined ? {} : { before: stood.lever }),
        ...(after === undefined ? {} : { after }),
      };
    });
    this.changes.push({ id, revision, edits: made });
  }

  /** The edits of an undo; `conflict` where somebody changed a lever since, `nothing` where all is gone anyway. */
  undo(change: Change): readonly ModelEdit[] | "conflict" | "nothing" {
    const edits = change.edits.flatMap((edit) => {
      const wanted = this.resolved(edit.before);
      // What it left means by now what stood before it: there is nothing to take back.
      return plain(wanted) === plain(this.resolved(edit.after))
        ? []
        : [{ ref: edit.ref, after: wanted, left: edit.after }];
    });
    if (edits.length === 0) return "nothing";
    const moved = edits.some(({ ref, left }) => {
      const stands = this.at(ref)?.revision ?? 0;
      return stands !== (left === undefined ? 0 : change.revision);
    });
    return moved ? "conflict" : edits;
  }

  /** The edit of a rollback to a lever that stood once; undefined where it would change nothing. */
  rollback(ref: ResourceRef, former: ModelLever | undefined): ModelEdit | undefined {
    const stood = this.at(ref);
    const seen = this.resolved(stood?.lever);
    const target = this.resolved(former);
    const after =
      target === undefined
        ? undefined
        : {
            ...target,
            rollout: undefined,
            description: seen === undefined ? target.description : seen.description,
          };
    if (after === undefined && stood === undefined) return undefined;
    if (seen !== undefined && plain(seen) === plain(after)) return undefined;
    return { ref, after };
  }
}

/** In one form, whatever the order of fields. */
export const plain = (lever: ModelLever | undefined): string =>
  lever === undefined
    ? "none"
    : JSON.stringify(
        [lever.spec, lever.rollout ?? null, lever.description ?? null, lever.expiry ?? null],
        (_, value: unknown) =>
          typeof value === "object" && value !== null && !Array.isArray(value)
            ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
            : value,
      );
