import type { ConfigSpec } from "@leverframe/agent/protocol";
import type { ResourceVersion } from "../api/contract.ts";
import type { ConfigRow } from "./config-row.ts";

/** A former body as it is compared: a secret by its fingerprint alone. */
export function textOf(version: ResourceVersion | undefined): { text: string; format: ConfigSpec["format"] } {
  const spec = version?.body?.["spec"] as Partial<ConfigSpec> | undefined;
  const closed = spec?.secret;
  return {
    text: closed ? `•••• ${closed.kid} ${closed.tag.slice(-8)}` : (spec?.value ?? ""),
    format: spec?.format ?? "text",
  };
}

/** The present value as it is compared; of a secret nothing is known here but that it is one. */
export const presentText = (live: ConfigRow | undefined): string =>
  live === undefined ? "" : live.secret ? "••••" : (live.value ?? "");
