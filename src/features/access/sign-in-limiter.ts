/** Failures that cost nothing yet: people mistype. */
const FREE_FAILURES = { account: 5, address: 20 } as const;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 15 * 60_000;
const FORGET_AFTER_MS = 60 * 60_000;
/** Keys of each sort; the oldest is forgotten first. */
const KEYS = 10_000;

interface Failures {
  count: number;
  lastMs: number;
  blockedUntilMs: number;
}

type Sort = keyof typeof FREE_FAILURES;

/**
 * Slows down who guesses passwords: after five failures of an account, or twenty from an address, each further one
 * doubles the wait, from 1 s to 15 minutes; an hour without a failure forgets it. A try counts as a failure from its
 * start, so that many at once gain nothing. Holds at most 10,000 accounts and 10,000 addresses.
 */
export class SignInLimiter {
  readonly #now: () => number;
  readonly #failures: Record<Sort, Map<string, Failures>> = { account: new Map(), address: new Map() };

  /** `now`: monotonic ms. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Begins a try: 0 where it may go on, else the ms to wait; `succeeded` takes it back. */
  begin(account: string, address: string): number {
    const network = networkOf(address);
    const now = this.#now();
    const waits = (["account", "address"] as const).map((sort) =>
      this.#waitMs(sort, sort === "account" ? account : network, now),
    );
    const waitMs = Math.max(...waits);
    if (waitMs > 0) return waitMs;
    this.#fail("account", account, now);
    this.#fail("address", network, now);
    return 0;
  }

  /** The password was right: the account starts anew, and the address has one failure less. */
  succeeded(account: string, address: string): void {
    this.#failures.account.delete(account);
    this.forgive(address);
  }

  /** The try could not be judged: it was nobody's failure. */
  undone(account: string, address: string): void {
    this.#takeBack("account", account);
    this.forgive(address);
  }

  forgive(address: string): void {
    this.#takeBack("address", networkOf(address));
  }

  #waitMs(sort: Sort, key: string, now: number): number {
    const known = this.#failures[sort].get(key);
    if (known === undefined) return 0;
    if (now - known.lastMs > FORGET_AFTER_MS) {
      this.#failures[sort].delete(key);
      return 0;
    }
    return Math.max(0, known.blockedUntilMs - now);
  }

  #fail(sort: Sort, key: string, now: number): void {
    const known = this.#failures[sort].get(key) ?? { count: 0, lastMs: now, blockedUntilMs: now };
    known.count += 1;
    known.lastMs = now;
    const over = known.count - FREE_FAILURES[sort];
    if (over >= 0)
      known.blockedUntilMs = now + Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(over, 20));
    this.#failures[sort].delete(key);
    this.#failures[sort].set(key, known);
    const [oldest] = this.#failures[sort].keys();
    if (this.#failures[sort].size > KEYS && oldest !== undefined) this.#failures[sort].delete(oldest);
  }

  #takeBack(sort: Sort, key: string): void {
    const known = this.#failures[sort].get(key);
    if (known === undefined) return;
    known.count -= 1;
    known.blockedUntilMs = this.#now();
    if (known.count <= 0) this.#failures[sort].delete(key);
  }
}

/** Who has one address of IPv6 has 2^64 of them: the network counts. */
function networkOf(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, "");
  if (!plain.includes(":")) return plain;
  const [head = "", tail] = plain.split("::");
  const groups = head === "" ? [] : head.split(":");
  const rest = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - groups.length - rest.length);
  return [...groups, ...Array.from({ length: zeros }, () => "0"), ...rest].slice(0, 4).join(":");
}
