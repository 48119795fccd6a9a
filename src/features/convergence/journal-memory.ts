import type { Journal } from "@leverframe/agent/protocol";

/** A journal without its bodies. */
export interface JournalNote {
  readonly revision: number;
  readonly author: Journal["author"];
  readonly reason: string;
  readonly at: string;
  readonly refs: readonly { service: string; kind: Journal["edits"][number]["kind"]; name: string }[];
  readonly targetCount: Readonly<Record<string, number>>;
}

export type ReadJournal = (
  env: string,
  id: string,
) => Promise<{ readonly journal: Journal; readonly revision: number } | undefined>;

const KEPT = 10_000;
const READING_AT_ONCE = 16;

/** Remembers journals by id, which never change once written. Bounded; `want` loads what is not here in the background. */
export class JournalMemory {
  readonly #read: ReadJournal;
  readonly #onLoaded: (env: string) => void;
  readonly #notes = new Map<string, JournalNote | undefined>();
  readonly #wanted = new Map<string, { env: string; id: string }>();
  #reading = 0;

  constructor(read: ReadJournal, onLoaded: (env: string) => void = () => undefined) {
    this.#read = read;
    this.#onLoaded = onLoaded;
  }

  /** What is remembered; asks for it in the background where nothing is. */
  peek(env: string, id: string): JournalNote | undefined {
    const name = `${env} ${id}`;
    if (this.#notes.has(name)) return this.#notes.get(name);
    if (id !== "" && this.#wanted.size < KEPT) this.#wanted.set(name, { env, id });
    this.#pump();
    return undefined;
  }

  /** Reads it where it is not remembered; undefined for an id that has no journal. Rejects when etcd is away. */
  async get(env: string, id: string): Promise<JournalNote | undefined> {
    const name = `${env} ${id}`;
    const known = this.#notes.get(name);
    if (known !== undefined) return known;
    const found = await this.#read(env, id);
    const note = found && noteOf(found.journal, found.revision);
    if (note !== undefined) this.#keep(name, note);
    return note;
  }

  /** A change set that was published here. */
  learn(env: string, journal: Journal, revision: number): void {
    this.#keep(`${env} ${journal.id}`, noteOf(journal, revision));
  }

  #keep(name: string, note: JournalNote | undefined): void {
    this.#notes.set(name, note);
    for (const oldest of this.#notes.keys()) {
      if (this.#notes.size <= KEPT) break;
      this.#notes.delete(oldest);
    }
  }

  #pump(): void {
    for (const [name, { env, id }] of this.#wanted) {
      if (this.#reading >= READING_AT_ONCE) return;
      this.#wanted.delete(name);
      this.#reading += 1;
      this.#read(env, id)
        .then((found) => {
          this.#keep(name, found && noteOf(found.journal, found.revision));
          if (found !== undefined) this.#onLoaded(env);
        })
        // etcd is away: the next look asks again.
        .catch(() => undefined)
        .finally(() => {
          this.#reading -= 1;
          this.#pump();
        });
    }
  }
}

const noteOf = (journal: Journal, revision: number): JournalNote => ({
  revision,
  author: journal.author,
  reason: journal.reason,
  at: journal.at,
  refs: journal.edits.map(({ service, kind, name }) => ({ service, kind, name })),
  targetCount: journal.targetCount,
});
