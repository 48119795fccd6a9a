import { expect, it } from "vitest";
import type { SessionView } from "../api/contract.ts";
import { whyNotDecide } from "./rights.ts";

it("says why somebody may not decide", () => {
  const session = {
    author: { kind: "person", id: "ann" },
    scopes: [{ role: "operator", env: "prod", services: "order" }],
  } as unknown as SessionView;
  const why = (person: string, lever: string, what: "approve" | "reject") =>
    whyNotDecide(session, "prod", { person, levers: [lever] }, what);
  expect(why("ann", "order/switch/checkout", "approve")).toBe("own");
  expect(why("ann", "order/switch/checkout", "reject")).toBeUndefined();
  expect(why("bob", "order/switch/checkout", "approve")).toBeUndefined();
  expect(why("bob", "*/switch/comments", "approve")).toBe("right");
});
