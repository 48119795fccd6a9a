export { LeverframeProvider, type LeverframeProviderOptions } from "./provider.ts";
