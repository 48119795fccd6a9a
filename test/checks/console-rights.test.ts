import { expect, it } from "vitest";
import { allows, ROLES, type Scope, withinScopes } from "../../src/domain/access.ts";
import { holds, mayIn } from "../../src/ui/session/rights.ts";

const ENVIRONMENTS = ["*", "prod", "dev"];
const GLOBS = ["*", "pay-*", "pay-bank", "order"];
const every: Scope[] = ROLES.flatMap((role) =>
  ENVIRONMENTS.flatMap((env) => GLOBS.map((services) => ({ role, env, services }))),
);

it("greys out what the control plane refuses, and nothing else", () => {
  for (const scope of every) {
    for (const role of ROLES) {
      for (const env of ["prod", "dev"]) {
        for (const services of [[], ["*"], ["order"], ["pay-bank", "order"], ["pay-x"]]) {
          const said = mayIn([scope], role, env, services);
          expect([scope, role, env, services, said]).toEqual([
            scope,
            role,
            env,
            services,
            allows([scope], { role, env, services }),
          ]);
        }
      }
    }
    for (const wanted of every)
      expect([scope, wanted, holds([scope], wanted)]).toEqual([scope, wanted, withinScopes([scope], wanted)]);
  }
});
