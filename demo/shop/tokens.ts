import { importJWK, type JWK, SignJWT } from "jose";
import { ISSUER, SCOPE } from "../fleet/token-key.ts";

const LIVES_S = 600;
const RENEW_BEFORE_S = 60;

/** Gives tokens for inventory, signed here and used until shortly before they end. */
export function tokensOf(privateJwk: string): () => Promise<string> {
  const jwk = JSON.parse(privateJwk) as JWK;
  let token: Promise<string> | undefined;
  let untilS = 0;
  return () => {
    const nowS = Date.now() / 1_000;
    if (token === undefined || nowS > untilS - RENEW_BEFORE_S) {
      untilS = nowS + LIVES_S;
      token = sign(jwk);
    }
    return token;
  };
}

const sign = async (jwk: JWK): Promise<string> =>
  new SignJWT({ scope: SCOPE })
    .setProtectedHeader({ alg: "ES256", kid: jwk.kid ?? "" })
    .setIssuer(ISSUER)
    .setAudience("inventory")
    .setSubject("order")
    .setExpirationTime(`${LIVES_S}s`)
    .sign(await importJWK(jwk, "ES256"));
