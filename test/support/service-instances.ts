import type { ServiceInstance } from "../../agent/src/discovery/index.ts";

/** An instance as callers see it; what is not said is as usual. */
export const serviceInstance = (name: string, more: Partial<ServiceInstance> = {}): ServiceInstance => ({
  service: "order",
  instance: name,
  incarnation: "1",
  address: `${name}:80`,
  version: "1",
  zone: "a",
  startedAt: "2026-01-02T03:04:05.000Z",
  state: "live",
  weight: 100,
  drained: false,
  isolated: false,
  ...more,
});
