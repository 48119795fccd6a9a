import type { inferRouterInputs, inferRouterOutputs } from "@trpc/server";
import { client } from "../api/client.ts";
import type { AppRouter, SessionView } from "../api/contract.ts";

type Inputs = inferRouterInputs<AppRouter>;
type Outputs = inferRouterOutputs<AppRouter>;

export type ApprovalRow = Outputs["approvals"]["list"][number];
export type Approval = Outputs["approvals"]["get"];
export type ApprovalEdit = Approval["request"]["edits"][number];
export type ApprovalRule = Outputs["approvals"]["rule"]["approvals"];
export type PersonRow = Outputs["people"]["list"][number];
export type TokenRow = Outputs["tokens"]["list"][number];
export type AuditFilter = Omit<Inputs["audit"]["list"], "cursor" | "limit">;
export type AuditRow = Outputs["audit"]["list"]["rows"][number];
export type FreezeWindow = Outputs["freezes"]["list"][number];
export type Scope = SessionView["scopes"][number];
export type Role = Scope["role"];

export const ROLES = ["reporter", "viewer", "operator", "admin"] as const satisfies readonly Role[];

/** Names of what is asked for, in the cache. */
export const adminKeys = {
  approvals: (env: string) => ["admin", "approvals", env] as const,
  approval: (env: string, id: string) => ["admin", "approval", env, id] as const,
  rule: (env: string) => ["admin", "rule", env] as const,
  people: ["admin", "people"] as const,
  tokens: ["admin", "tokens"] as const,
  audit: (filter: AuditFilter) => ["admin", "audit", filter] as const,
  freezes: (env: string) => ["admin", "freezes", env] as const,
  /** Under the levers of the console, so that live events ask for it again. */
  standing: (env: string, ref: string) => ["lever", env, ref, "standing"] as const,
};

/** A page of the audit log. */
const AUDIT_PAGE = 50;

interface Call {
  readonly signal?: AbortSignal;
}

type Edited = Pick<ApprovalEdit, "service" | "kind" | "name">;

/** A lever as it stands; null where there is none, which is no error here. */
async function standing(env: string, { service, kind, name }: Edited, call: Call = {}) {
  const { levers } = await client.levers.board.query({ env, service, kind, name }, call);
  return levers.length === 0 ? null : client.levers.get.query({ env, service, kind, name }, call);
}

/** What the Admin section asks of the control plane. Each rejects with a `TRPCClientError`; read it by `failureOf`. */
export const adminApi = {
  standing,
  approvals: (env: string, call: Call = {}) => client.approvals.list.query({ env }, call),
  approval: (env: string, id: string, call: Call = {}) => client.approvals.get.query({ env, id }, call),
  approve: (env: string, id: string) => client.approvals.approve.mutate({ env, id }),
  reject: (env: string, id: string, reason: string) => client.approvals.reject.mutate({ env, id, reason }),
  acknowledge: (env: string, id: string) => client.approvals.acknowledge.mutate({ env, id }),
  rule: (env: string, call: Call = {}) => client.approvals.rule.query({ env }, call),
  setRule: (env: string, approvals: ApprovalRule) => client.approvals.setRule.mutate({ env, approvals }),
  people: (call: Call = {}) => client.people.list.query(undefined, call),
  createPerson: (input: Inputs["people"]["create"]) => client.people.create.mutate(input),
  invite: (person: string) => client.people.invite.mutate({ person }),
  disable: (person: string) => client.people.disable.mutate({ person }),
  enable: (person: string) => client.people.enable.mutate({ person }),
  endSessions: (person: string) => client.people.revokeSessions.mutate({ person }),
  give: (person: string, scope: Scope) =>
    client.grants.give.mutate({ subject: { kind: "person", id: person }, ...scope }),
  take: (id: string) => client.grants.take.mutate({ id }),
  tokens: (call: Call = {}) => client.tokens.list.query(undefined, call),
  createToken: (input: Inputs["tokens"]["create"]) => client.tokens.create.mutate(input),
  revokeToken: (key: string) => client.tokens.revoke.mutate({ key }),
  audit: (filter: AuditFilter, cursor: string | undefined, call: Call = {}) =>
    client.audit.list.query(
      { ...filter, limit: AUDIT_PAGE, ...(cursor === undefined ? {} : { cursor }) },
      call,
    ),
  createEnvironment: (env: string) => client.epoch.createEnvironment.mutate({ env }),
  freezes: (env: string, call: Call = {}) => client.freezes.list.query({ env }, call),
  addFreeze: (env: string, window: FreezeWindow) => client.freezes.add.mutate({ env, window }),
  liftFreeze: (env: string, id: string) => client.freezes.lift.mutate({ env, id }),
};
