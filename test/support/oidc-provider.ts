import { createHash, createSign, generateKeyPairSync, randomUUID } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** A small provider with real signatures: discovery, keys, authorization with PKCE, tokens. */
export class OidcProvider {
  claims: Record<string, unknown> = {};
  readonly issuer: string;
  readonly #server: Server;
  readonly #keys = generateKeyPairSync("rsa", { modulusLength: 2048 });
  readonly #asked = new Map<string, { nonce: string | null; challenge: string | null }>();

  private constructor(server: Server) {
    this.#server = server;
    this.issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  static async start(): Promise<OidcProvider> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const provider = new OidcProvider(server);
    server.on("request", (request, response) => {
      const parts: Buffer[] = [];
      request.on("data", (part: Buffer) => parts.push(part));
      request.on("end", () => {
        const url = new URL(request.url ?? "/", provider.issuer);
        const answer = provider.#answer(url, new URLSearchParams(Buffer.concat(parts).toString()));
        if (typeof answer === "string") response.writeHead(302, { location: answer }).end();
        else response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
      });
    });
    return provider;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer(url: URL, body: URLSearchParams): object | string {
    const { issuer } = this;
    if (url.pathname === "/.well-known/openid-configuration") {
      return {
        issuer,
        authorization_endpoint: `${issuer}/authorize`,
        token_endpoint: `${issuer}/token`,
        userinfo_endpoint: `${issuer}/userinfo`,
        jwks_uri: `${issuer}/keys`,
        response_types_supported: ["code"],
        subject_types_supported: ["public"],
        id_token_signing_alg_values_supported: ["RS256"],
      };
    }
    if (url.pathname === "/keys") {
      return {
        keys: [{ ...this.#keys.publicKey.export({ format: "jwk" }), kid: "k1", alg: "RS256", use: "sig" }],
      };
    }
    if (url.pathname === "/authorize") {
      const code = randomUUID();
      const { searchParams: asked } = url;
      this.#asked.set(code, { nonce: asked.get("nonce"), challenge: asked.get("code_challenge") });
      const back = new URL(asked.get("redirect_uri") ?? "");
      back.searchParams.set("code", code);
      back.searchParams.set("state", asked.get("state") ?? "");
      return back.href;
    }
    if (url.pathname === "/token") return this.#token(body);
    return this.claims;
  }

  #token(body: URLSearchParams): object {
    const asked = this.#asked.get(body.get("code") ?? "");
    const verifier = createHash("sha256")
      .update(body.get("code_verifier") ?? "")
      .digest("base64url");
    if (asked === undefined || asked.challenge !== verifier) return { error: "invalid_grant" };
    const now = Math.floor(Date.now() / 1000);
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
    const claims = {
      iss: this.issuer,
      aud: "leverframe",
      iat: now,
      exp: now + 300,
      ...(asked.nonce === null ? {} : { nonce: asked.nonce }),
      ...this.claims,
    };
    const text = `${part({ alg: "RS256", kid: "k1", typ: "JWT" })}.${part(claims)}`;
    const signature = createSign("RSA-SHA256").update(text).sign(this.#keys.privateKey).toString("base64url");
    return {
      access_token: randomUUID(),
      token_type: "Bearer",
      expires_in: 300,
      id_token: `${text}.${signature}`,
    };
  }
}
