/** What may be kept of a request: names and reasons, never a lever's body, which may hold a secret. */
const KEPT = [
  "id",
  "groupId",
  "changeSetId",
  "reason",
  "service",
  "kind",
  "name",
  "op",
  "email",
  "role",
  "services",
  "person",
  "key",
  "subject",
  "from",
  "at",
  "expiresAt",
  "approvals",
  "revision",
  "instance",
] as const;
const TEXT_LENGTH = 500;
const EDITS = 20;

type Fields = Readonly<Record<string, unknown>>;
const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const short = (value: unknown): unknown =>
  typeof value === "string"
    ? value.slice(0, TEXT_LENGTH)
    : typeof value === "number" || typeof value === "boolean"
      ? value
      : isFields(value)
        ? JSON.stringify(value).slice(0, TEXT_LENGTH)
        : undefined;

const textOf = (value: unknown): string => (typeof value === "string" ? value.slice(0, 100) : "?");
const refOf = (edit: Fields): string =>
  `${textOf(edit["service"])}/${textOf(edit["kind"])}/${textOf(edit["name"])}`;

const nameIn = (value: unknown): unknown => (isFields(value) ? value["name"] : undefined);

export interface Summary {
  readonly env: string | undefined;
  readonly target: string | undefined;
  readonly detail: Fields;
}

/** Reads an input leniently: it may be anything that somebody sent. Bounded in length. Never throws. */
export function summarize(input: unknown): Summary {
  if (!isFields(input)) return { env: undefined, target: undefined, detail: {} };
  const detail: Record<string, unknown> = {};
  for (const field of KEPT) {
    const kept = short(input[field]);
    if (kept !== undefined) detail[field] = kept;
  }
  const edits = Array.isArray(input["edits"]) ? input["edits"].filter(isFields) : [];
  if (edits.length > 0) detail["edits"] = edits.slice(0, EDITS).map(refOf);
  if (edits.length > EDITS) detail["moreEdits"] = edits.length - EDITS;
  if (isFields(input["override"])) detail["override"] = short(input["override"]["reason"]);
  const [first] = edits;
  const target =
    first === undefined
      ? typeof input["kind"] === "string" && typeof input["service"] === "string"
        ? refOf(input)
        : [
            input["id"],
            input["email"],
            input["person"],
            input["key"],
            input["name"],
            nameIn(input["rule"]),
          ].find((one) => typeof one === "string")
      : refOf(first);
  return {
    env: typeof input["env"] === "string" ? input["env"].slice(0, 100) : undefined,
    target: typeof target === "string" ? target.slice(0, TEXT_LENGTH) : undefined,
    detail,
  };
}
