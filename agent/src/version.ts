/** This agent's release; equal to the package's version (a test holds them together). */
export const AGENT_VERSION = "0.2.0";
