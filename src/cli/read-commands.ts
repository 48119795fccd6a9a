import { editableMeta, formatRef, parseRef } from "@leverframe/agent/protocol";
import { DomainError } from "../domain/errors.ts";
import type { LeverRow } from "../domain/levers.ts";
import { EXIT, type Session } from "./session.ts";
import { convergenceLine, positionOf, table } from "./text.ts";

/** A lever as files hold it: what `export` writes and `apply` reads. */
export interface LeverDocument {
  readonly service: string;
  readonly kind: string;
  readonly name: string;
  readonly spec: unknown;
  readonly rollout?: unknown;
  readonly meta?: Readonly<Record<string, unknown>>;
}

const AUTHORED_META = editableMeta.keyof().options;

export function documentOf(row: LeverRow): LeverDocument {
  const { resource } = row;
  if (resource === undefined) {
    throw new DomainError(
      "INVALID",
      `${formatRef(row)} is not valid in etcd (${row.fault ?? ""}): mend it first.`,
    );
  }
  const meta = Object.fromEntries(
    AUTHORED_META.flatMap((key) => (resource.meta[key] === undefined ? [] : [[key, resource.meta[key]]])),
  );
  return {
    service: row.service,
    kind: row.kind,
    name: row.name,
    spec: resource.spec,
    ...(resource.rollout === undefined ? {} : { rollout: resource.rollout }),
    ...(Object.keys(meta).length === 0 ? {} : { meta }),
  };
}

/** The lever at `service/kind/name`; undefined where there is none. */
export async function findLever(session: Session, text: string): Promise<LeverRow | undefined> {
  const ref = parseRef(text);
  const { levers } = await session.levers.board(session.env, ref);
  return levers[0];
}

/** `20/20`, and how many came after the change: they read the lever as they start. */
function proofOf({ convergence }: LeverRow): string {
  const { applied, targets, joinedLater } = convergence;
  return joinedLater === 0 ? `${applied}/${targets}` : `${applied}/${targets} +${joinedLater} later`;
}

/** `get [REF]`: one lever whole, or all in lines. */
export async function get(session: Session, text: string | undefined): Promise<number> {
  if (text === undefined) {
    const board = await session.levers.board(session.env, {});
    session.print(board, () => [
      `${session.env} at r${board.revision}${board.stale === undefined ? "" : ` · stale: ${board.stale.why}`}`,
      ...table(
        board.levers.map((row) => [
          formatRef(row),
          positionOf(row),
          `v${row.version} · r${row.revision}`,
          proofOf(row),
          row.reason,
        ]),
      ),
    ]);
    return EXIT.ok;
  }
  const row = await findLever(session, text);
  if (row === undefined) throw new DomainError("NOT_FOUND", `There is no ${text} in ${session.env}.`);
  session.print(row, () => [
    `${formatRef(row)} · v${row.version} · r${row.revision} · ${positionOf(row)}`,
    row.fault === undefined ? JSON.stringify(row.resource?.spec, null, 2) : `not valid: ${row.fault}`,
    ...(row.resource?.rollout === undefined
      ? []
      : [`rollout ${JSON.stringify(row.resource.rollout, null, 2)}`]),
    `${row.updatedAt} ${row.author === undefined ? "somebody past us" : `${row.author.kind} ${row.author.id}`}: ${row.reason}`,
    convergenceLine(row.convergence),
  ]);
  return EXIT.ok;
}

/** `export`: every valid lever as one document that `apply` takes. */
export async function exportLevers(session: Session, service: string | undefined): Promise<number> {
  const board = await session.levers.board(session.env, { service });
  const document = { env: session.env, revision: board.revision, levers: board.levers.map(documentOf) };
  process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
  return EXIT.ok;
}

/** `receipts REF|CHANGE`: who has applied the last change of a lever, and who has not. */
export async function receipts(session: Session, text: string, waitSeconds: number): Promise<number> {
  const id = text.includes("/") ? await lastChangeOf(session, text) : text;
  const until = performance.now() + waitSeconds * 1000;
  for (;;) {
    const convergence = await session.levers.convergence(session.env, id);
    const done = convergence.applied === convergence.targets;
    if (done || performance.now() >= until) {
      session.print(convergence, () => [
        `${id} · r${convergence.revision} · ${convergenceLine(convergence)}`,
        ...table(
          convergence.reports
            .filter((report) => report.state !== "applied")
            .map((report) => [
              report.state,
              `${report.service}/${report.instance}`,
              report.zone,
              report.reason ?? "",
            ]),
        ),
      ]);
      return done ? EXIT.ok : EXIT.unproved;
    }
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

async function lastChangeOf(session: Session, text: string): Promise<string> {
  const row = await findLever(session, text);
  if (row === undefined) throw new DomainError("NOT_FOUND", `There is no ${text} in ${session.env}.`);
  if (row.changeSetId === "") {
    throw new DomainError(
      "NOT_FOUND",
      `${text} was last written past Leverframe: there is no change set to prove.`,
    );
  }
  return row.changeSetId;
}
