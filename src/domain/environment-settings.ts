import { changeSetId, describeIssues, LIMITS, serviceName } from "@leverframe/agent/protocol";
import * as z from "zod";
import { DomainError } from "./errors.ts";

/** A time in which nothing is changed but by an admin's override. */
export const freezeWindow = z
  .object({
    id: changeSetId,
    from: z.iso.datetime({ error: "from must be a time such as 2026-11-23T03:00:00Z" }),
    /** The first moment at which changes are allowed again. */
    to: z.iso.datetime({ error: "to must be a time such as 2026-11-23T03:00:00Z" }),
    reason: z.string().trim().min(1, { error: "reason must not be empty: say why" }).max(LIMITS.reasonLength),
    /** Left out: every service. */
    services: z.array(serviceName).min(1).max(100).optional(),
  })
  .refine((window) => Date.parse(window.from) < Date.parse(window.to), { error: "to must be after from" });
export type FreezeWindow = z.infer<typeof freezeWindow>;

/** `four-eyes`: a second person must agree before a change set is published. */
export const APPROVALS = ["none", "four-eyes"] as const;
export type Approvals = (typeof APPROVALS)[number];

/** What holds for a whole environment; kept in its record, `control/environments/{env}`. */
export interface EnvironmentSettings {
  readonly freezes: readonly FreezeWindow[];
  readonly approvals: Approvals;
}

export const DEFAULT_SETTINGS: EnvironmentSettings = { freezes: [], approvals: "none" };

/** What an admin may set. */
export const settingsInput = z.strictObject({
  freezes: z.array(freezeWindow).max(50, { error: "freezes must hold at most 50 windows: drop old ones" }),
  approvals: z.enum(APPROVALS, { error: "approvals must be none or four-eyes" }),
});

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function recordOf(text: string | undefined): Record<string, unknown> {
  try {
    const record: unknown = JSON.parse(text ?? "{}");
    return isRecord(record) ? record : {};
  } catch {
    return {};
  }
}

/**
 * Reads an environment's record leniently: windows that can't be read are left out, a word for approvals that a newer
 * release wrote asks for four eyes. Never throws.
 */
export function readSettings(text: string | undefined): EnvironmentSettings {
  const record = recordOf(text);
  const windows: readonly unknown[] = Array.isArray(record["freezes"]) ? record["freezes"] : [];
  const freezes = windows.flatMap((window) => {
    const read = freezeWindow.safeParse(window);
    return read.success ? [read.data] : [];
  });
  const { approvals } = record;
  return { freezes, approvals: approvals === undefined || approvals === "none" ? "none" : "four-eyes" };
}

/** The record with other settings; whatever else stands in it is kept. Throws INVALID. */
export function writeSettings(text: string | undefined, settings: unknown): string {
  const checked = settingsInput.safeParse(settings);
  if (!checked.success) throw new DomainError("INVALID", describeIssues(checked.error));
  return JSON.stringify({ ...recordOf(text), ...checked.data });
}
