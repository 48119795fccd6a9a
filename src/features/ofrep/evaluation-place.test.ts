import { describe, expect, test } from "vitest";
import type { Scope } from "../../domain/access.ts";
import { isDomainError } from "../../domain/errors.ts";
import { type NamedPlace, placeOf } from "./evaluation-place.ts";

const scope = (env: string, services: string, role: Scope["role"] = "viewer"): Scope => ({
  role,
  env,
  services,
});

function outcome(scopes: readonly Scope[], named: Partial<NamedPlace>, owner?: readonly Scope[]): string {
  const principal = {
    author: { kind: "token", id: "t" } as const,
    scopes,
    ...(owner === undefined ? {} : { owner: { person: "p", scopes: owner } }),
  };
  try {
    const { env, service } = placeOf(principal, { env: undefined, service: undefined, ...named });
    return `${env}/${service}`;
  } catch (error) {
    if (!isDomainError(error)) throw error;
    return error.code;
  }
}

describe("a token evaluates", () => {
  test.each([
    ["where its one right says", [scope("prod", "order")], {}, "prod/order"],
    ["where it says, in its one environment", [scope("prod", "*")], { service: "order" }, "prod/order"],
    ["where both are named", [scope("*", "*", "admin")], { env: "dev", service: "order" }, "dev/order"],
    ["nowhere that is not named", [scope("*", "*")], {}, "INVALID"],
    ["no glob", [scope("prod", "pay-*")], {}, "INVALID"],
    ["one of two services only by name", [scope("prod", "order"), scope("prod", "cart")], {}, "INVALID"],
    [
      "its service of the environment that is named",
      [scope("prod", "order"), scope("dev", "cart")],
      { env: "dev" },
      "dev/cart",
    ],
    ["no other service", [scope("prod", "order")], { service: "cart" }, "FORBIDDEN"],
    ["in no other environment", [scope("prod", "order")], { env: "dev" }, "FORBIDDEN"],
    ["nothing without a right", [], {}, "INVALID"],
    ["no levers of every service alone", [scope("prod", "*")], { service: "*" }, "INVALID"],
    ["nothing by a name that is none", [scope("prod", "*")], { service: "../order" }, "INVALID"],
  ] as const)("%s", (_, scopes, named, place) => {
    expect(outcome(scopes, named)).toBe(place);
  });

  test("no more than its owner may", () => {
    expect(outcome([scope("prod", "order")], {}, [scope("prod", "cart")])).toBe("FORBIDDEN");
    expect(outcome([scope("prod", "order")], {}, [scope("prod", "*")])).toBe("prod/order");
  });
});
