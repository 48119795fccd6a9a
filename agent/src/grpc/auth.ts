import { status } from "@grpc/grpc-js";
import type * as JoseModule from "jose";
import * as z from "zod";
import type { RpcStatus } from "./wire.ts";

/** Who may call which method. */
export const rpcPolicySchema = z.object({
  issuer: z.string().min(1),
  audience: z.string().min(1),
  /** Public keys of whoever issues tokens: themselves, or where they are (fetched when needed, kept, refreshed). */
  jwks: z.union([z.object({ keys: z.array(z.looseObject({ kty: z.string() })).min(1) }), z.url()]),
  /** The first that fits decides; `/shop.Inventory/*` is every method of a service. A method that none fits is refused. */
  rules: z
    .array(
      z.object({
        method: z
          .string()
          .regex(/^\/[\w.]+\/(\w+|\*)$/, { error: "must be /package.Service/Method, or end in /*" }),
        /** All of them are needed. None: any valid token will do. */
        scopes: z.array(z.string().min(1)).max(50),
      }),
    )
    .max(500),
});
export type RpcPolicy = z.infer<typeof rpcPolicySchema>;

/** Looks at a call's token. */
export interface RpcAuth {
  /** Undefined where the call may be made, else how it is refused. Never rejects. */
  check(path: string, authorization: string | undefined): Promise<RpcStatus | undefined>;
}

/** Whatever gives the policy in force, such as a config of the agent. */
export interface PolicySource {
  get(): RpcPolicy;
  onChange(listener: (policy: RpcPolicy) => void): () => void;
}

type Jose = typeof JoseModule;

/** Only signatures that need a private key: a policy's public key must not serve as a shared secret. */
const ALGORITHMS = ["ES256", "ES384", "EdDSA", "RS256", "PS256"];
const CLOCK_TOLERANCE_S = 5;
const FETCH_MS = 3_000;

/**
 * Tokens by a live policy: a JWT (RFC 7519) signed by one of the keys, from the issuer, for the audience, not expired, with
 * the scopes that the method asks for (`scope`, RFC 9068). The policy may change at any time; keys are then read anew.
 * Needs the package `jose`.
 */
export function rpcAuth(source: PolicySource): RpcAuth {
  const loading = import("jose");
  let policy = source.get();
  let keys: JoseModule.JWTVerifyGetKey | undefined;
  source.onChange((next) => {
    policy = next;
    keys = undefined;
  });
  return {
    async check(path, authorization) {
      const { issuer, audience } = policy;
      const needed = scopesFor(policy, path);
      if (needed === undefined) return denied(`the policy has no rule for ${path}`);
      const token = /^Bearer (\S+)$/i.exec(authorization ?? "")?.[1];
      if (token === undefined) return unknown("a bearer token is needed");
      const jose = await loading;
      try {
        keys ??= keysOf(jose, policy);
        const { payload } = await jose.jwtVerify(token, keys, {
          issuer,
          audience,
          algorithms: ALGORITHMS,
          clockTolerance: CLOCK_TOLERANCE_S,
          requiredClaims: ["exp"],
        });
        const has = scopesOf(payload);
        const missing = needed.filter((scope) => !has.has(scope));
        return missing.length === 0 ? undefined : denied(`the token lacks the scope ${missing.join(", ")}`);
      } catch (error) {
        const { JOSEError, JWKSTimeout } = jose.errors;
        return error instanceof JOSEError && !(error instanceof JWKSTimeout)
          ? unknown(`the token is not valid: ${error.message}`)
          : { code: status.UNAVAILABLE, details: "the keys that prove tokens can't be read now" };
      }
    },
  };
}

const denied = (details: string): RpcStatus => ({ code: status.PERMISSION_DENIED, details });
const unknown = (details: string): RpcStatus => ({ code: status.UNAUTHENTICATED, details });

const keysOf = (jose: Jose, { jwks }: RpcPolicy): JoseModule.JWTVerifyGetKey =>
  typeof jwks === "string"
    ? jose.createRemoteJWKSet(new URL(jwks), { timeoutDuration: FETCH_MS })
    : jose.createLocalJWKSet(jwks);

function scopesFor({ rules }: RpcPolicy, path: string): readonly string[] | undefined {
  const service = path.slice(0, path.lastIndexOf("/") + 1);
  return rules.find(({ method }) => method === path || method === `${service}*`)?.scopes;
}

function scopesOf({ scope, scp }: JoseModule.JWTPayload): ReadonlySet<string> {
  const listed = Array.isArray(scp) ? scp.filter((each) => typeof each === "string") : [];
  return new Set([...(typeof scope === "string" ? scope.split(" ") : []), ...listed]);
}
