import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { REDACTED, Redaction } from "./redaction.ts";

const cut = (key: string, value: string): unknown => new Redaction().attributes({ [key]: value })[key];

describe("a value", () => {
  test.each([
    "http.request.header.authorization",
    "db.password",
    "user.api_key",
    "Set-Cookie",
    "x-session-id",
    "token",
  ])("is never told under the key %s", (key) => {
    expect(cut(key, "anything")).toBe(REDACTED);
  });

  test.each(["tokens_used", "http.route", "author", "secretary", "url.path"])("is told under %s", (key) => {
    expect(cut(key, "anything")).toBe("anything");
  });

  test.each([
    ["mail to ann.lee@example.org now", `mail to ${REDACTED} now`],
    ["Authorization: Bearer abcdef.123456", `Authorization: ${REDACTED}`],
    ["jwt eyJhbGciOiJI.eyJzdWIiOiIx.c2ln", `jwt ${REDACTED}`],
    ["postgres://app:hunter22@db:5432/shop", `postgres://${REDACTED}@db:5432/shop`],
    ["/login?user=1&password=hunter2&x=1", `/login?user=1&password=${REDACTED}&x=1`],
    ["card 4111 1111 1111 1111 was refused", `card ${REDACTED} was refused`],
  ])("%j becomes %j", (value, now) => {
    expect(cut("note", value)).toBe(now);
  });

  test("that only looks like a card stays", () => {
    expect(cut("order.id", "4111111111111112")).toBe("4111111111111112");
  });
});

test("keys and patterns of one's own are cut out beside, and each changed value is counted", () => {
  const redaction = new Redaction({ keys: ["userName"], patterns: [/DE\d{20}/] });
  const attributes = {
    "shop.userName": "ann",
    iban: "DE12345678901234567890, DE12345678901234567890",
    list: ["fine", "ann@example.org"],
    count: 3,
  };
  expect(redaction.attributes(attributes)).toEqual({
    "shop.userName": REDACTED,
    iban: `${REDACTED}, ${REDACTED}`,
    list: ["fine", REDACTED],
    count: 3,
  });
  expect(redaction.redacted).toBe(3);
});

test("attributes without a secret are handed on as they are", () => {
  const redaction = new Redaction();
  const attributes = { "http.route": "/orders/:id", "http.response.status_code": 200 };
  expect(redaction.attributes(attributes)).toBe(attributes);
  expect(redaction.redacted).toBe(0);
});

test("hostile text throws nothing and keeps what is no secret", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 2_000, unit: "binary" }), (text) => {
      expect(typeof new Redaction().text(text)).toBe("string");
    }),
  );
});
