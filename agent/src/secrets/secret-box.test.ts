import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { deriveServiceKey, formatKeys, openSecret, parseKeys, sealSecret } from "./secret-box.ts";

const master = randomBytes(32);
const place = { env: "prod", service: "order", kind: "config", name: "bank" };
const key = { kid: "k1", key: deriveServiceKey(master, "prod", "order") };

describe("a sealed value", () => {
  test("opens to what was sealed, whatever it is", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string(), (text, unique) => {
        expect(openSecret([key], place, sealSecret(key, place, text, unique))).toBe(text);
      }),
    );
  });

  test("is the same for the same request, and another for another request or text", () => {
    const sealed = sealSecret(key, place, "pw", "a");
    expect(sealSecret(key, place, "pw", "a")).toEqual(sealed);
    expect(sealSecret(key, place, "pw", "b").iv).not.toBe(sealed.iv);
    expect(sealSecret(key, place, "pW", "a").iv).not.toBe(sealed.iv);
  });

  test.each([
    ["env", { ...place, env: "dev" }],
    ["service", { ...place, service: "payment" }],
    ["name", { ...place, name: "other" }],
  ])("does not open at another %s", (_, elsewhere) => {
    const sealed = sealSecret(key, place, "pw", "a");
    expect(() => openSecret([key], elsewhere, sealed)).toThrow("does not open it");
  });

  test("does not open with another service's key, nor changed, nor with a key that is not there", () => {
    const sealed = sealSecret(key, place, "pw", "a");
    const others = { kid: "k1", key: deriveServiceKey(master, "prod", "payment") };
    expect(() => openSecret([others], place, sealed)).toThrow("does not open it");
    const changed = `${sealed.ct.startsWith("A") ? "B" : "A"}${sealed.ct.slice(1)}`;
    expect(() => openSecret([key], place, { ...sealed, ct: changed })).toThrow("does not open it");
    expect(() => openSecret([key], place, { ...sealed, iv: "AA" })).toThrow("damaged");
    expect(() => openSecret([], place, sealed)).toThrow("there is no key k1 here");
  });
});

describe("keys as text", () => {
  test("are read as they are written, the newest first", () => {
    const keys = [{ kid: "k2", key: randomBytes(32) }, key];
    expect(parseKeys(formatKeys(keys))).toEqual(keys);
    expect(parseKeys(`${formatKeys([key])}\n`)).toEqual([key]);
  });

  test.each([
    ["k1:short", "key 1 is not kid:base64 of 32 bytes"],
    [randomBytes(32).toString("base64url"), "key 1 is not kid"],
    [`${formatKeys([key])},${formatKeys([key])}`, "key k1 is given twice"],
  ])("that are wrong are named by their place alone", (text, why) => {
    expect(() => parseKeys(text)).toThrow(why);
  });
});
