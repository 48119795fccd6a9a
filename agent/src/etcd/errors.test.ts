import { describe, expect, it } from "vitest";
import { EtcdError, isExpiredToken, isNeverSent, toEtcdError } from "./errors.ts";

const grpc = (code: number, details: string): Error =>
  Object.assign(new Error(`${code} ${details}`), { code, details });

describe("an error of gRPC becomes ours", () => {
  it.each([
    [14, "No connection established. Last error: connect ECONNREFUSED", "UNAVAILABLE", false],
    [14, "Connection dropped", "UNAVAILABLE", true],
    [14, "etcdserver: request timed out", "UNAVAILABLE", true],
    [4, "Deadline exceeded after 3.000s", "DEADLINE", true],
    [11, "etcdserver: mvcc: required revision has been compacted", "COMPACTED", false],
    [11, "etcdserver: mvcc: required revision is a future revision", "FUTURE_REVISION", false],
    [5, "etcdserver: requested lease not found", "LEASE_NOT_FOUND", false],
    [5, "etcdserver: member not found", "INVALID", false],
    [8, "etcdserver: mvcc: database space exceeded", "NO_SPACE", false],
    [8, "Received message larger than max (17 vs 16)", "TOO_LARGE", false],
    [8, "etcdserver: too many requests", "UNAVAILABLE", true],
    [3, "etcdserver: request is too large", "TOO_LARGE", false],
    [3, "etcdserver: too many operations in txn request", "TOO_LARGE", false],
    [3, "etcdserver: authentication failed, invalid user ID or password", "AUTH", false],
    [3, "etcdserver: key is not provided", "INVALID", false],
    [7, "etcdserver: permission denied", "AUTH", false],
    [16, "etcdserver: invalid auth token", "AUTH", false],
    [1, "Cancelled on client", "CANCELLED", true],
    [13, "Received RST_STREAM with code 2", "UNKNOWN", true],
  ])("%s %s", (code, details, expected, unknownOutcome) => {
    const write = toEtcdError(grpc(code, details), "KV.put", true);
    expect([write.code, write.unknownOutcome]).toEqual([expected, unknownOutcome]);
    const read = toEtcdError(grpc(code, details), "KV.range", false);
    expect([read.code, read.unknownOutcome]).toEqual([expected, false]);
  });

  it("keeps its own errors as they are, and gives others UNKNOWN", () => {
    const own = new EtcdError("CANCELLED", "closed");
    expect(toEtcdError(own, "x", true)).toBe(own);
    expect(toEtcdError("odd", "x", false).code).toBe("UNKNOWN");
  });

  it("knows what never left the process, and what a new token mends", () => {
    expect(isNeverSent(toEtcdError(grpc(14, "No connection established."), "KV.put", true))).toBe(true);
    expect(isNeverSent(toEtcdError(grpc(14, "Connection dropped"), "KV.put", true))).toBe(false);
    expect(isExpiredToken(grpc(16, "etcdserver: invalid auth token"))).toBe(true);
    expect(isExpiredToken(grpc(7, "etcdserver: permission denied"))).toBe(false);
  });
});
