import type { HistoryEntry } from "../../src/features/history/history-reader.ts";
import type { Database } from "../../src/infra/sql/database.ts";
import { createHistoryReader } from "../../src/infra/sql/history-reader.ts";

/** Every change set that SQL holds of an environment, the oldest first. */
export async function heldHistory(database: Database, env: string): Promise<readonly HistoryEntry[]> {
  const reader = createHistoryReader(database);
  const rows: HistoryEntry[] = [];
  let cursor: string | undefined;
  do {
    const page = await reader.changeSets(env, { limit: 200, cursor });
    rows.push(...page.rows);
    cursor = page.next;
  } while (cursor !== undefined);
  return rows.toReversed();
}
