import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { MirrorChange } from "./mirror-types.ts";
import {
  RevisionAssembly,
  RevisionOrderError,
  revisionOf,
  type WatchPart,
  type WholeRevision,
} from "./revision-assembly.ts";

const put = (revision: number, key: string): MirrorChange => ({
  type: "put",
  entry: {
    key,
    value: Buffer.from(`${revision}`),
    createRevision: revision,
    modRevision: revision,
    version: 1,
    lease: "0",
  },
});
const gone = (revision: number, key: string): MirrorChange => ({ type: "delete", key, revision });

/** A history: rising revisions, each with one to six changes. */
const history = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 5 }), fc.array(fc.boolean(), { minLength: 1, maxLength: 6 })), {
    maxLength: 25,
  })
  .map((steps) => {
    let revision = 10;
    return steps.map(([gap, kinds]): WholeRevision => {
      revision += gap;
      const at = revision;
      return { revision: at, changes: kinds.map((kind, i) => (kind ? put(at, `k${i}`) : gone(at, `k${i}`))) };
    });
  });

/**
 * Any way in which etcd may send a history: responses that end between revisions, each cut into fragments anywhere,
 * all but the last of a response marked as a fragment.
 */
const sent = history.chain((revisions) =>
  fc
    .tuple(
      fc.array(fc.boolean(), { minLength: revisions.length, maxLength: revisions.length }),
      fc.infiniteStream(fc.boolean()),
    )
    .map(([ends, cuts]) => {
      const parts: WatchPart[] = [];
      let changes: MirrorChange[] = [];
      revisions.forEach((whole, i) => {
        for (const change of whole.changes) {
          if (changes.length > 0 && cuts.next().value) {
            parts.push({ changes, fragment: true });
            changes = [];
          }
          changes.push(change);
        }
        if (ends[i] || i === revisions.length - 1) {
          parts.push({ changes, fragment: false });
          changes = [];
        }
      });
      return { revisions, parts };
    }),
);

const feed = (assembly: RevisionAssembly, parts: readonly WatchPart[]): WholeRevision[] =>
  parts.flatMap((part) => assembly.push(part));

describe("an assembly of revisions", () => {
  it("gives the same whole revisions however they were cut into messages", () => {
    fc.assert(
      fc.property(sent, ({ revisions, parts }) => {
        expect(feed(new RevisionAssembly(10), parts)).toEqual(revisions);
      }),
    );
  });

  it("never gives a revision before all of it has come, nor holds it back once the next one began", () => {
    fc.assert(
      fc.property(sent, ({ revisions, parts }) => {
        const assembly = new RevisionAssembly(10);
        const sizes = new Map(revisions.map((whole) => [whole.revision, whole.changes.length]));
        const received = new Map<number, number>();
        let latest = 0;
        for (const part of parts) {
          for (const change of part.changes) {
            latest = revisionOf(change);
            received.set(latest, (received.get(latest) ?? 0) + 1);
          }
          for (const whole of assembly.push(part)) {
            expect(whole.changes.length).toBe(sizes.get(whole.revision));
            expect(received.get(whole.revision)).toBe(sizes.get(whole.revision));
          }
          const open = part.fragment ? latest : latest + 1;
          expect(assembly.complete).toBe(Math.max(10, ...[...received.keys()].filter((seen) => seen < open)));
        }
      }),
    );
  });

  it("resumes after a cut anywhere, with nothing lost and nothing twice", () => {
    fc.assert(
      fc.property(sent, fc.nat(), ({ revisions, parts }, at) => {
        const cut = parts.length === 0 ? 0 : at % (parts.length + 1);
        const first = new RevisionAssembly(10);
        const before = feed(first, parts.slice(0, cut));
        const rest = revisions.filter((whole) => whole.revision > first.complete);
        const second = new RevisionAssembly(first.complete);
        const after = rest.flatMap((whole) => second.push({ changes: whole.changes, fragment: false }));
        expect([...before, ...after]).toEqual(revisions);
      }),
    );
  });

  it("refuses a revision that does not rise", () => {
    expect(() => new RevisionAssembly(5).push({ changes: [put(5, "a")], fragment: false })).toThrow(
      RevisionOrderError,
    );
    const assembly = new RevisionAssembly(5);
    assembly.push({ changes: [put(7, "a")], fragment: true });
    expect(() => assembly.push({ changes: [put(6, "b")], fragment: false })).toThrow(RevisionOrderError);
    const mixed = new RevisionAssembly(5);
    expect(() => mixed.push({ changes: [put(8, "a"), put(7, "b")], fragment: false })).toThrow(
      RevisionOrderError,
    );
  });

  it("ends an open revision at the end of its response, even by an empty message", () => {
    const assembly = new RevisionAssembly(0);
    expect(assembly.push({ changes: [put(3, "a")], fragment: true })).toEqual([]);
    expect(assembly.push({ changes: [], fragment: false })).toEqual([
      { revision: 3, changes: [put(3, "a")] },
    ]);
    expect(assembly.complete).toBe(3);
  });
});
