export { consume, type MessageHeaders, type MessagePlace, produce } from "./messages.ts";
export type { TelemetryOptions } from "./options.ts";
export type { RedactionOptions } from "./redaction.ts";
export { startTelemetry, type Telemetry } from "./telemetry.ts";
