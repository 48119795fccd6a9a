export { instanceIdFor } from "./instance-id.ts";
export { PresenceWriter } from "./presence-writer.ts";
export { Registration } from "./registration.ts";
