import { type Instance, instanceSchema } from "../protocol/index.ts";

/** What an observer makes of a registration; `startedAt` is absent where a plain one does not say it. */
export type InstanceRecord = Omit<Instance, "startedAt"> & { readonly startedAt?: string };

/** Reads a registration by the last part of its key and its body; undefined for what can't be read. */
export type ReadRecord = (name: string, body: string) => InstanceRecord | undefined;

/** Of an agent, or of a foreign client that knows nothing of us. */
export type RegistrationKind = "own" | "foreign";

/** An instance id never holds a colon, `host:port` always does. */
export const kindOf = (name: string): RegistrationKind => (name.includes(":") ? "foreign" : "own");

/**
 * Reads both kinds. Of a plain registration `/services/{service}/{host:port}` (DESIGN §4) the key says all that is asked for;
 * its body may be anything, and its instance id is its address.
 */
export const recordReader =
  (service: string): ReadRecord =>
  (name, body) =>
    kindOf(name) === "own" ? readInstance(body) : readForeign(service, name);

function readInstance(body: string): InstanceRecord | undefined {
  try {
    return instanceSchema.parse(JSON.parse(body));
  } catch {
    return undefined;
  }
}

function readForeign(service: string, address: string): InstanceRecord | undefined {
  if (!/^\S{1,253}:\d{1,5}$/.test(address)) return undefined;
  return {
    schema: 1,
    service,
    instance: address,
    incarnation: "foreign",
    address,
    version: "unknown",
    zone: "",
    agentVersion: "none",
  };
}
