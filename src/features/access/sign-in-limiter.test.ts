import { expect, test } from "vitest";
import { SignInLimiter } from "./sign-in-limiter.ts";

function guessing() {
  let now = 0;
  const limiter = new SignInLimiter(() => now);
  return {
    limiter,
    begin: (account: string, address: string) => limiter.begin(account, address),
    pass: (ms: number) => {
      now += ms;
    },
  };
}

test("the wait of an account doubles from the fifth failure on, up to a quarter of an hour", () => {
  const { begin, pass } = guessing();
  const waits: number[] = [];
  for (let round = 0; round < 40; round += 1) {
    const waitMs = begin("a@x.org", `10.0.0.${round}`);
    waits.push(waitMs);
    pass(waitMs);
  }
  const given = waits.filter((waitMs) => waitMs > 0);
  expect(waits.slice(0, 6)).toEqual([0, 0, 0, 0, 0, 1_000]);
  expect(given.slice(0, 4)).toEqual([1_000, 2_000, 4_000, 8_000]);
  expect(Math.max(...given)).toBe(15 * 60_000);
});

test("an address that tries many accounts waits too, and others don't", () => {
  const { begin } = guessing();
  for (let round = 0; round < 20; round += 1) expect(begin(`p${round}@x.org`, "10.0.0.1")).toBe(0);
  expect(begin("another@x.org", "10.0.0.1")).toBeGreaterThan(0);
  expect(begin("another@x.org", "10.0.0.2")).toBe(0);
});

test("tries that run at the same time count each: none slips through", () => {
  const { begin } = guessing();
  const answers = Array.from({ length: 50 }, () => begin("a@x.org", "10.0.0.1"));
  expect(answers.filter((waitMs) => waitMs === 0)).toHaveLength(5);
});

test("success starts an account anew, and an hour forgets", () => {
  const { begin, limiter, pass } = guessing();
  for (let round = 0; round < 4; round += 1) begin("a@x.org", "10.0.0.1");
  limiter.succeeded("a@x.org", "10.0.0.1");
  for (let round = 0; round < 5; round += 1) expect(begin("a@x.org", "10.0.0.1")).toBe(0);
  expect(begin("a@x.org", "10.0.0.1")).toBeGreaterThan(0);
  pass(60 * 60_000 + 1);
  expect(begin("a@x.org", "10.0.0.1")).toBe(0);
});

test("a try that could not be judged is nobody's failure", () => {
  const { begin, limiter } = guessing();
  for (let round = 0; round < 30; round += 1) {
    expect(begin("a@x.org", "10.0.0.1")).toBe(0);
    limiter.undone("a@x.org", "10.0.0.1");
  }
});

test("addresses of one IPv6 network count together, as do both ways to write one of IPv4", () => {
  const { begin } = guessing();
  for (let round = 0; round < 20; round += 1) begin(`p${round}@x.org`, `2001:db8:0:1::${round}`);
  expect(begin("another@x.org", "2001:db8:0:1:ffff::1")).toBeGreaterThan(0);
  expect(begin("another@x.org", "2001:db8:0:2::1")).toBe(0);
  for (let round = 0; round < 20; round += 1) begin(`q${round}@x.org`, "::ffff:10.0.0.9");
  expect(begin("another@x.org", "10.0.0.9")).toBeGreaterThan(0);
  expect(begin("another@x.org", "10.0.0.8")).toBe(0);
});
