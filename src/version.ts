import manifest from "../package.json" with { type: "json" };

/** The release that is running. */
export const VERSION: string = manifest.version;
