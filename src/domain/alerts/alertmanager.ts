import { describeIssues } from "@leverframe/agent/protocol";
import * as z from "zod";
import { DomainError } from "../errors.ts";
import { fingerprintOf } from "./matching.ts";

const texts = z.record(z.string().max(200), z.string().max(5_000));

/** Alertmanager's webhook, version 4. Unknown fields are ignored: newer releases add some. */
const webhook = z.object({
  version: z.literal("4", {
    error: 'version must be "4": point an Alertmanager of release 0.8 or later here',
  }),
  alerts: z
    .array(
      z.object({
        status: z.enum(["firing", "resolved"]),
        labels: texts,
        annotations: texts.default({}),
        startsAt: z.iso.datetime({ offset: true }),
        endsAt: z.iso.datetime({ offset: true }).optional(),
        fingerprint: z.string().max(64).optional(),
      }),
    )
    .max(5_000, { error: "at most 5,000 alerts in one message" }),
});

/** One alert as an Alertmanager tells of it. */
export interface ForeignAlert {
  readonly fingerprint: string;
  readonly name: string;
  readonly severity: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** ISO */
  readonly startsAt: string;
  /** ISO; undefined while it fires. */
  readonly endsAt?: string;
}

/** Throws INVALID that names each field at fault: Alertmanager does not repeat what is answered with 4xx. */
export function readAlertmanager(body: unknown): ForeignAlert[] {
  const read = webhook.safeParse(body);
  if (!read.success) throw new DomainError("INVALID", describeIssues(read.error));
  return read.data.alerts.map(({ status, labels, annotations, startsAt, endsAt, fingerprint }) => {
    const starts = new Date(startsAt).toISOString();
    // Alertmanager writes the year 1 for "not known".
    const ends =
      endsAt === undefined || Date.parse(endsAt) < Date.parse(starts)
        ? starts
        : new Date(endsAt).toISOString();
    return {
      fingerprint: fingerprint ?? fingerprintOf(labels),
      name: labels["alertname"] ?? "unnamed",
      severity: labels["severity"] ?? "none",
      labels,
      annotations,
      startsAt: starts,
      ...(status === "resolved" ? { endsAt: ends } : {}),
    };
  });
}
