import type { Agent } from "@leverframe/agent";
import type { Handler } from "./server.ts";

/** Makes a service's handler; declares the levers that its code reads. */
export type MakeService = (agent: Agent, tools: ServiceTools) => Handler;

export interface ServiceTools {
  /** Order's: the private key that signs its tokens, as a JWK. */
  readonly tokenKey: string;
}
