import { describe, expect, it } from "vitest";
import type { ServiceInstance } from "./service-instance.ts";
import { type Turns, turnsOf } from "./turns.ts";

const instance = (name: string, more: Partial<ServiceInstance> = {}): ServiceInstance => ({
  service: "order",
  instance: name,
  incarnation: "1",
  address: `${name}:80`,
  version: "1",
  zone: "a",
  state: "live",
  weight: 100,
  drained: false,
  isolated: false,
  ...more,
});
const picks = (turns: Turns, count: number): string =>
  Array.from({ length: count }, () => turns()?.instance ?? "-").join("");
const counts = (text: string): Record<string, number> => {
  const counted: Record<string, number> = {};
  for (const name of text) counted[name] = (counted[name] ?? 0) + 1;
  return counted;
};

describe("calls go by weight", () => {
  it("each exactly as often as its weight says, and apart", () => {
    const turns = turnsOf([
      instance("a", { weight: 5 }),
      instance("b", { weight: 1 }),
      instance("c", { weight: 1 }),
    ]);
    expect(picks(turns, 7)).toBe("aabacaa");
    expect(counts(picks(turns, 700))).toEqual({ a: 500, b: 100, c: 100 });
  });

  it("in plain turns where all weigh the same, whatever that is", () => {
    const turns = turnsOf(["a", "b", "c"].map((name) => instance(name, { weight: 7 })));
    expect(counts(picks(turns, 9))).toEqual({ a: 3, b: 3, c: 3 });
  });

  it("not to a weight of 0 while another takes calls", () => {
    expect(picks(turnsOf([instance("a", { weight: 0 }), instance("b", { weight: 1 })]), 3)).toBe("bbb");
    expect(picks(turnsOf([instance("a", { weight: 0 })]), 2)).toBe("aa");
  });
});

describe("who takes calls", () => {
  it("the drained only where nobody else stands, and before the suspect", () => {
    const drained = instance("d", { drained: true });
    expect(picks(turnsOf([instance("a"), drained]), 3)).toBe("aaa");
    expect(picks(turnsOf([drained, instance("s", { state: "suspect" })]), 3)).toBe("ddd");
    expect(picks(turnsOf([instance("s", { state: "suspect" })]), 2)).toBe("ss");
  });

  it("never the isolated, nor anybody without an address", () => {
    const isolated = instance("i", { isolated: true });
    expect(picks(turnsOf([isolated, instance("w", { address: undefined })]), 2)).toBe("--");
    expect(picks(turnsOf([isolated, instance("s", { state: "suspect" })]), 2)).toBe("ss");
  });
});
