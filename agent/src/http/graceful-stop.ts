import type { Server } from "node:http";
import type { Agent } from "../agent/agent.ts";

export interface StopOptions {
  /** How long requests are still taken after callers were told, in ms: those that are on their way. Default 500. */
  readonly lingerMs?: number;
  /** How long requests under way may take after that, in ms; then their connections end. Default 10,000. */
  readonly graceMs?: number;
}

/**
 * Stops a server without losing a request: the agent says that it leaves, and callers turn away; what is on its way is still
 * answered, on connections that close; then nothing new is taken, and what is under way may end. Bounded; never rejects.
 */
export async function stopGracefully(
  agent: Pick<Agent, "close">,
  server: Pick<Server, "close" | "closeIdleConnections" | "closeAllConnections">,
  { lingerMs = 500, graceMs = 10_000 }: StopOptions = {},
): Promise<void> {
  await agent.close();
  await new Promise((resolve) => setTimeout(resolve, lingerMs));
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const late = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearTimeout(late);
}
