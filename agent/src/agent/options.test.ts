import { afterEach, describe, expect, test, vi } from "vitest";
import { createAgent } from "./leverframe-agent.ts";
import { advertisedHost, settingsFor } from "./options.ts";

const base = { service: "order", env: "dev", etcd: { endpoints: ["127.0.0.1:1"] } };
afterEach(() => vi.unstubAllEnvs());

describe("the instance id", () => {
  test("is the option's, else the environment's, else the host's name and port", () => {
    vi.stubEnv("LEVERFRAME_INSTANCE", "from-env");
    expect(settingsFor({ ...base, instance: "given" }).instance).toBe("given");
    expect(settingsFor(base).instance).toBe("from-env");
    vi.stubEnv("LEVERFRAME_INSTANCE", "");
    expect(settingsFor({ ...base, address: "10.0.0.7:8080" }).instance).toMatch(/^[A-Za-z0-9._-]+-8080$/);
    expect(settingsFor(base).instance).toMatch(new RegExp(`-${process.pid}$`));
  });
});

test.each([
  [{ service: "Order" }, "service: service must be"],
  [{ env: "" }, "env: environment must be"],
  [{ instance: "a/b" }, "instance: instance must be"],
  [{ address: "nowhere" }, "address: must be host:port"],
  [{ etcd: { endpoints: [] } }, "etcd.endpoints: must hold one"],
  [{ dependencies: ["*"] }, "dependencies.0: service must be"],
  [{ startDeadlineMs: -1 }, "startDeadlineMs"],
  [{ metrics: { port: 70_000 } }, "metrics"],
])("%j is refused before the start", (fault, message) => {
  expect(() => createAgent({ ...base, ...fault })).toThrow(TypeError);
  expect(() => createAgent({ ...base, ...fault })).toThrow(message);
});

test("metrics are reached by the host that listens, else by the service's own", () => {
  const hostOf = (options: object) => advertisedHost(settingsFor({ ...base, ...options }));
  expect(hostOf({ metrics: { host: "127.0.0.1" } })).toBe("127.0.0.1");
  expect(hostOf({ address: "10.0.0.7:80" })).toBe("10.0.0.7");
  expect(hostOf({ address: "[::1]:80", metrics: { host: "::" } })).toBe("[::1]");
});

test("an agent that was closed before it started stays closed", async () => {
  const agent = createAgent({ ...base, snapshotDir: false, metrics: false });
  await agent.close();
  await agent.start();
  expect(agent.ready()).toBe(false);
});
