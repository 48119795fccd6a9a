import { LIMITS } from "@leverframe/agent/protocol";
import { murmur3 } from "@leverframe/agent/rules";
import { keyOf, type TrayEdit } from "./tray-edit.ts";

/** One transaction holds 128 puts: edits, a head for each service, plain copies and the journal. */
const EDITS_IN_PART = 96;
const BYTES_IN_PART = 900 * 1024;
/** Keys, and what the control plane writes beside each body. */
const BYTES_BESIDE_BODY = 1_200;
const EVERY_SERVICE = "*";
const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const DIGITS = 6;

const encoder = new TextEncoder();
const bytesOf = ({ edit }: TrayEdit): number =>
  Math.min(2 * encoder.encode(JSON.stringify(edit)).length + BYTES_BESIDE_BODY, LIMITS.requestBytes);

/**
 * Edits as change sets that etcd takes, each whole: those of every service by themselves, and first, since lower levels
 * stand there more often; then services in their order. One part where one will do. Pure.
 */
export function partsOf(edits: readonly TrayEdit[]): readonly (readonly TrayEdit[])[] {
  const parts: TrayEdit[][] = [];
  let bytes = 0;
  let scopes = new Set<string>();
  for (const entry of edits.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))) {
    const { service } = entry.edit;
    const size = bytesOf(entry);
    const last = parts.at(-1);
    const full =
      last === undefined ||
      last.length + new Set([...scopes, service]).size > EDITS_IN_PART ||
      bytes + size > BYTES_IN_PART ||
      (scopes.has(EVERY_SERVICE) && service !== EVERY_SERVICE);
    if (full) {
      parts.push([entry]);
      bytes = size;
      scopes = new Set([service]);
    } else {
      last.push(entry);
      bytes += size;
      scopes.add(service);
    }
  }
  return parts;
}

/** The id of one part: the same for the same levers as seen, however often it is asked for. `seed` is a ULID. */
export function partId(seed: string, edits: readonly TrayEdit[]): string {
  const seen = edits.map((entry) => `${keyOf(entry)}@${entry.edit.baseRevision}${entry.edit.op}`).join("\n");
  let rest = murmur3(seen);
  let text = "";
  for (let digit = 0; digit < DIGITS; digit += 1) {
    text += CROCKFORD[rest % 32];
    rest = Math.floor(rest / 32);
  }
  return seed.slice(0, -DIGITS) + text;
}
