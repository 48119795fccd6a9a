import type { Etcd } from "@leverframe/agent/etcd";
import { liveKey } from "@leverframe/agent/protocol";
import { ulid } from "ulid";
import type { LeverPort } from "../../src/cli/lever-port.ts";
import { SHARED_LEVERS } from "../fleet/levers.ts";
import { ENVIRONMENT } from "../fleet/plan.ts";
import type { ShopFleet } from "../fleet/shop-fleet.ts";

/** What can go wrong on purpose, and its way back. */
export const TROUBLES = {
  "slow-bank": "the bank answers after 2 s and fails every third time: payment's breaker opens",
  "kill-instance": "kills an instance (comment-2, or the one named): its lease runs out",
  "restart-instance": "starts a killed instance (the one named) again, and mends nothing else",
  "cut-etcd": "cuts an instance (order-3, the one named, or `all`) off from etcd: it serves on, unproved",
  "bad-value": "writes nonsense past the console into */switch/comments: agents hold the last good one",
  heal: "undoes all of it",
} as const;

export type Trouble = keyof typeof TROUBLES;

export interface TroubleTools {
  readonly fleet: ShopFleet;
  readonly etcd: Etcd;
  readonly levers: LeverPort;
}

const COMMENTS = { service: "*", kind: "switch", name: "comments" } as const;

/** Makes trouble; resolves with a sentence that says what happened and what to look at. */
export async function makeTrouble(
  tools: TroubleTools,
  trouble: Trouble,
  target: string | undefined,
): Promise<string> {
  const { fleet } = tools;
  switch (trouble) {
    case "slow-bank":
      await setBank(fleet, { latencyMs: 2_000, failureRate: 0.33 });
      return "The bank is slow now. Buy something in the shop: payment's breaker opens, and orders are charged later.";
    case "kill-instance": {
      const instance = target ?? "comment-2";
      fleet.kill(instance);
      return `${instance} is dead. Its lease runs out in 5 s.`;
    }
    case "restart-instance": {
      const instance = target ?? "comment-2";
      await fleet.restart(instance);
      return `${instance} runs again.`;
    }
    case "cut-etcd": {
      const instances = target === "all" ? fleet.instances : [target ?? "order-3"];
      for (const instance of instances) fleet.cut(instance);
      return `${instances.join(", ")} can't reach etcd. Flip */switch/comments, and see who is unproved.`;
    }
    case "bad-value":
      await tools.etcd.put(liveKey(ENVIRONMENT, COMMENTS), '{"schema":1,"spec":{"position":"SIDEWAYS"}}');
      return "*/switch/comments holds nonsense now. Every agent holds the last good one, and says why.";
    case "heal":
      return (await heal(tools)).join("\n");
  }
}

async function setBank(fleet: ShopFleet, mood: { latencyMs: number; failureRate: number }): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${fleet.portOf("bank-1")}/trouble`, {
    method: "POST",
    body: JSON.stringify(mood),
    signal: AbortSignal.timeout(5_000),
  });
  if (!response.ok) throw new Error(`the bank answered ${response.status}`);
}

async function heal(tools: TroubleTools): Promise<string[]> {
  const mended = await tools.fleet.heal();
  await setBank(tools.fleet, { latencyMs: 20, failureRate: 0 });
  mended.push("the bank is itself again");
  const { levers } = await tools.levers.board(ENVIRONMENT, COMMENTS);
  const [row] = levers;
  const [seed] = SHARED_LEVERS;
  if (row?.fault !== undefined && seed !== undefined) {
    await tools.levers.publish({
      env: ENVIRONMENT,
      id: ulid(),
      reason: "Put a valid value back after the demo's trouble",
      edits: [{ ...seed, op: "put", baseRevision: row.revision }],
    });
    mended.push("*/switch/comments is valid again");
  }
  return mended;
}
