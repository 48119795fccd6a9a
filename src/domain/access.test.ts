import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  ADMIN_EVERYWHERE,
  allows,
  allowsControl,
  coversService,
  describeNeed,
  lostAny,
  ROLES,
  type Scope,
  withinScopes,
} from "./access.ts";

const service = fc.constantFrom("order", "pay", "pay-card", "pay-bank", "user");
const glob = fc.constantFrom("*", "order", "pay", "pay-*", "pay*", "user");
const env = fc.constantFrom("dev", "prod");
const role = fc.constantFrom(...ROLES);
const scope: fc.Arbitrary<Scope> = fc.record({ role, env: fc.oneof(env, fc.constant("*")), services: glob });

describe("a glob", () => {
  test.each([
    ["*", "order", true],
    ["*", "*", true],
    ["order", "order", true],
    ["order", "orders", false],
    ["order", "*", false],
    ["pay-*", "pay-card", true],
    ["pay-*", "pay", false],
    ["pay-*", "*", false],
  ])("%s over %s: %s", (pattern, name, covered) => {
    expect(coversService(pattern, name)).toBe(covered);
  });
});

describe("rights", () => {
  test("a change of a lever of every service needs the glob *", () => {
    const everyNamed: Scope[] = [{ role: "admin", env: "prod", services: "pay*" }];
    expect(allows(everyNamed, { role: "operator", env: "prod", services: ["*"] })).toBe(false);
    expect(allows([ADMIN_EVERYWHERE], { role: "operator", env: "prod", services: ["*"] })).toBe(true);
  });

  test("services may be covered by different rights, but each by one", () => {
    const two: Scope[] = [
      { role: "operator", env: "dev", services: "order" },
      { role: "operator", env: "dev", services: "pay-*" },
    ];
    expect(allows(two, { role: "operator", env: "dev", services: ["order", "pay-card"] })).toBe(true);
    expect(allows(two, { role: "operator", env: "dev", services: ["order", "user"] })).toBe(false);
  });

  test("no rights allow nothing; admin everywhere allows everything", () => {
    fc.assert(
      fc.property(role, env, fc.array(service), (asked, place, services) => {
        const need = { role: asked, env: place, services };
        expect(allows([], need)).toBe(false);
        expect(allows([ADMIN_EVERYWHERE], need)).toBe(true);
      }),
    );
  });

  test("more rights never allow less, and a higher role never less than a lower one", () => {
    fc.assert(
      fc.property(
        fc.array(scope),
        scope,
        role,
        env,
        fc.array(service),
        (held, more, asked, place, services) => {
          const need = { role: asked, env: place, services };
          if (allows(held, need)) expect(allows([...held, more], need)).toBe(true);
          const raised = held.map((one) => ({ ...one, role: "admin" as const }));
          if (allows(held, need)) expect(allows(raised, need)).toBe(true);
        },
      ),
    );
  });

  test("what lies within rights allows nothing that they don't", () => {
    fc.assert(
      fc.property(
        fc.array(scope),
        scope,
        role,
        env,
        fc.array(service, { minLength: 1 }),
        (held, inner, ...rest) => {
          const [asked, place, services] = rest;
          const need = { role: asked, env: place, services };
          if (withinScopes(held, inner) && allows([inner], need)) expect(allows(held, need)).toBe(true);
        },
      ),
    );
  });

  test("control needs every environment and every service", () => {
    fc.assert(
      fc.property(fc.array(scope), (held) => {
        const whole = held.some((one) => one.role === "admin" && one.env === "*" && one.services === "*");
        expect(allowsControl(held, "admin")).toBe(whole);
      }),
    );
  });

  test("losing is noticed, gaining is not a loss", () => {
    const viewer: Scope = { role: "viewer", env: "dev", services: "*" };
    const operator: Scope = { role: "operator", env: "dev", services: "*" };
    expect(lostAny([operator], [viewer])).toBe(true);
    expect(lostAny([viewer], [operator])).toBe(false);
    expect(lostAny([viewer], [])).toBe(true);
  });

  test("a refusal says the role, the place and who can give it", () => {
    expect(describeNeed({ role: "operator", env: "prod", services: ["order"] })).toBe(
      "This needs the role operator in prod for order. An admin of all environments can grant it.",
    );
  });
});
