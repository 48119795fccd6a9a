import { describe, expect, it } from "vitest";
import { localMoment, type Until, untilAt, untilFault } from "./until.ts";

const NOW = Date.parse("2026-11-23T03:00:00.000Z");
const custom = (at: string): Until => ({ choice: "custom", at });

describe("how long a change holds", () => {
  it("counts from its publishing, or says no end", () => {
    expect(untilAt({ choice: "none", at: "" }, NOW)).toBeUndefined();
    expect(untilAt({ choice: "15m", at: "" }, NOW)).toBe("2026-11-23T03:15:00.000Z");
    expect(untilAt({ choice: "4h", at: "2020-01-01T00:00" }, NOW)).toBe("2026-11-23T07:00:00.000Z");
  });

  it("takes a moment as the field gives it, to the second", () => {
    const at = localMoment(NOW + 5_000);
    expect(at).toHaveLength(19);
    expect(untilAt(custom(at), NOW)).toBe("2026-11-23T03:00:05.000Z");
    expect(untilFault(custom(at), NOW)).toBeUndefined();
  });

  it("says what is wrong with a moment", () => {
    expect(untilFault(custom(""), NOW)).toBe("unread");
    expect(untilFault(custom(localMoment(NOW)), NOW)).toBe("past");
  });
});
