export {
  ConfigHandle,
  type ConfigOptions,
  type ConfigSchema,
  type FlagVariantAnswer,
} from "./config-handle.ts";
export { FlagHandle } from "./flag-handle.ts";
export { LeverStore } from "./lever-store.ts";
export { type PolicyKind, type PolicySpecs, SpecHandle } from "./spec-handle.ts";
export { type LocalRule, type SwitchAnswer, SwitchHandle, type SwitchOptions } from "./switch-handle.ts";
