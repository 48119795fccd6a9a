import { formatRef, type Held } from "@leverframe/agent/protocol";
import * as z from "zod";
import { isDomainError } from "../domain/errors.ts";
import { EXIT, type Session } from "./session.ts";
import { table } from "./text.ts";

interface Finding {
  readonly check: string;
  readonly ok: boolean;
  readonly says: string;
}

const CLOSE_ENOUGH_MS = 250;

/** `doctor`: looks at everything that a pull needs, and says what is wrong and what to do. */
export async function doctor(session: Session): Promise<number> {
  const findings: Finding[] = [];
  const note = (check: string, ok: boolean, says: string): void => {
    findings.push({ check, ok, says });
  };
  try {
    const startedAt = performance.now();
    const environments = await session.levers.environments();
    const ms = performance.now() - startedAt;
    note("reach", ms < CLOSE_ENOUGH_MS * 4, `${session.levers.place} answered in ${Math.round(ms)} ms`);
    const exists = environments.includes(session.env);
    note(
      "environment",
      exists,
      exists
        ? `${session.env} is one of ${environments.join(", ")}`
        : `${session.env} is not one of ${environments.join(", ")}`,
    );
    if (exists) await look(session, note);
    await lookAtEyes(session.levers.place, note);
  } catch (error) {
    note("reach", false, isDomainError(error) ? error.publicMessage : String(error));
  }
  const healthy = findings.every((finding) => finding.ok);
  session.print({ healthy, findings }, () =>
    table(findings.map((finding) => [finding.ok ? "ok" : "LOOK", finding.check, finding.says])),
  );
  return healthy ? EXIT.ok : EXIT.unproved;
}

async function look(
  session: Session,
  note: (check: string, ok: boolean, says: string) => void,
): Promise<void> {
  const [board, services] = await Promise.all([
    session.levers.board(session.env, {}),
    session.levers.services(session.env),
  ]);
  note(
    "epoch",
    board.epoch !== "",
    board.epoch === "" ? "no head: this environment was wiped, or is another's" : board.epoch,
  );
  note("mirror", board.stale === undefined, board.stale?.why ?? `follows etcd at r${board.revision}`);
  const broken = board.levers.filter((row) => row.fault !== undefined);
  note(
    "levers",
    broken.length === 0,
    broken.length === 0
      ? `${board.levers.length} valid`
      : broken.map((row) => `${formatRef(row)}: ${row.fault ?? ""}`).join("; "),
  );
  const stray = board.levers.filter((row) => row.unattributed);
  note(
    "attributed",
    stray.length === 0,
    stray.length === 0
      ? "every lever was written by a change set"
      : `written past us: ${stray.map(formatRef).join(", ")}`,
  );
  const instances = services.flatMap((service) =>
    service.instances.map((one) => ({ service: service.service, ...one })),
  );
  const silent = instances.filter((one) => one.state === "unproved" || one.state === "suspect");
  note(
    "instances",
    silent.length === 0,
    silent.length === 0
      ? `${instances.length} under lease or foreign`
      : `no lease: ${silent.map((one) => `${one.service}/${one.instance}`).join(", ")}`,
  );
  const holding = instances.filter((one) => one.hold !== undefined);
  note(
    "holding",
    holding.length === 0,
    holding.length === 0
      ? "no agent refuses this etcd"
      : `${holding.length} agents obey nothing new: ${holding[0]?.hold?.detail ?? ""} Compare, then: leverframe epoch confirm`,
  );
  const held = heldByReason(instances);
  note("held", held.length === 0, held.length === 0 ? "no agent holds a lever back" : held.join("; "));
}

const EYES_MS = 5_000;

/** What the console says of its telemetry; nothing where it has none, or where we go past it to etcd. */
async function lookAtEyes(
  place: string,
  note: (check: string, ok: boolean, says: string) => void,
): Promise<void> {
  if (!/^https?:/.test(place)) return;
  const answer = await fetch(`${place}/readyz`, { signal: AbortSignal.timeout(EYES_MS) }).catch(
    () => undefined,
  );
  const body = z.object({
    checks: z.record(z.string(), z.object({ ok: z.boolean(), why: z.string().optional() })),
  });
  const read = body.safeParse(await answer?.json().catch(() => undefined));
  for (const [name, { ok, why }] of Object.entries(read.success ? read.data.checks : {})) {
    if (name.startsWith("telemetry-")) note(name, ok, why ?? "answers");
  }
}

/** Each reason once, with how many say so and one by name. */
function heldByReason(
  instances: readonly {
    readonly service: string;
    readonly instance: string;
    readonly held: readonly Held[];
  }[],
): string[] {
  const reasons = new Map<string, string[]>();
  for (const one of instances) {
    for (const held of one.held) {
      const reason = `${formatRef(held)} r${held.revision}: ${held.reason} (serving ${held.serving})`;
      reasons.set(reason, [...(reasons.get(reason) ?? []), `${one.service}/${one.instance}`]);
    }
  }
  return [...reasons].map(([reason, names]) =>
    names.length === 1 ? `${names[0]}: ${reason}` : `${names.length} instances (${names[0]}, …): ${reason}`,
  );
}
