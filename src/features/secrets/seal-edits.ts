import {
  type ConfigSpec,
  describeIssues,
  EVERY_SERVICE,
  formatRef,
  specSchemas,
  strict,
} from "@leverframe/agent/protocol";
import { deriveServiceKey, sealSecret } from "@leverframe/agent/secrets";
import * as z from "zod";
import { type ChangeSetRequest, type EditRequest, validate } from "../../domain/change-set-request.ts";
import { DomainError } from "../../domain/errors.ts";
import type { MasterKeys } from "./master-keys.ts";

const configSpec = specSchemas(strict).config;

/**
 * Closes the values of edits marked `secret`, before anything else looks at them: what is planned, compared, journaled
 * and shown holds ciphertext alone. Throws INVALID as a publish would. A repeated request gives the same ciphertext.
 */
export function sealEdits(request: ChangeSetRequest, keys: MasterKeys): ChangeSetRequest {
  const marked = Array.isArray(request.edits) && request.edits.some((edit) => isMarked(edit));
  if (!marked) return request;
  const checked = validate(request);
  return { ...checked, edits: checked.edits.map((edit) => sealEdit(checked, edit, keys)) };
}

const isMarked = (edit: unknown): boolean =>
  typeof edit === "object" && edit !== null && "secret" in edit && edit.secret === true;

function sealEdit(request: ChangeSetRequest, edit: EditRequest, keys: MasterKeys): EditRequest {
  const { secret, ...rest } = edit;
  if (secret === undefined || edit.op === "delete") return rest;
  if (edit.kind !== "config") {
    throw new DomainError("INVALID", `${formatRef(edit)}: only configs can be secret.`);
  }
  if (edit.service === EVERY_SERVICE) {
    throw new DomainError(
      "INVALID",
      `${formatRef(edit)}: a secret belongs to one service, since each service holds a key of its own.`,
    );
  }
  const seal = (spec: unknown, path: string): ConfigSpec => {
    const parsed = configSpec.safeParse(spec);
    if (!parsed.success) {
      throw new DomainError(
        "INVALID",
        `${formatRef(edit)}: ${withoutQuotes(describeIssues(parsed.error, path))}`,
      );
    }
    const { value, ...others } = parsed.data;
    if (value === undefined) return parsed.data;
    const place = { env: request.env, service: edit.service, kind: edit.kind, name: edit.name };
    const { kid, key } = keys.current();
    const serviceKey = { kid, key: deriveServiceKey(key, place.env, place.service) };
    return { ...others, secret: sealSecret(serviceKey, place, value, `${request.id} ${path}`) };
  };
  const { rollout, expiry } = edit;
  const candidate = isRecord(rollout) ? rollout["candidate"] : undefined;
  return {
    ...rest,
    spec: seal(edit.spec, "spec"),
    ...(isRecord(rollout) && candidate !== undefined
      ? { rollout: { ...rollout, candidate: seal(candidate, "rollout.candidate") } }
      : {}),
    ...(expiry?.restore === undefined || expiry.restore === null
      ? {}
      : { expiry: { ...expiry, restore: z.json().parse(plain(seal(expiry.restore, "expiry.restore"))) } }),
  };
}

/** Without the fields that are undefined. */
const plain = (spec: ConfigSpec): unknown => JSON.parse(JSON.stringify(spec));

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A JSON parser quotes what it could not read, which is the secret. */
const withoutQuotes = (text: string): string => text.replace(/is not JSON: .*$/s, "is not JSON");
