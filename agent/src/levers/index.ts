export { ConfigHandle, type ConfigOptions, type ConfigSchema } from "./config-handle.ts";
export { LeverStore } from "./lever-store.ts";
export { type SwitchAnswer, SwitchHandle, type SwitchOptions } from "./switch-handle.ts";
