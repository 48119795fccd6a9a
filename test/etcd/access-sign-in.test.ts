import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Caller, ConsolePeople, cookieOf } from "../support/console-people.ts";
import { ControlPlaneProcess } from "../support/control-plane-process.ts";
import { OidcProvider } from "../support/oidc-provider.ts";
import { useWorkerEtcd } from "../support/worker-etcd.ts";

/** Who gets in: by password, by invitation, by a provider of OpenID Connect; and who is slowed down. */
const worker = useWorkerEtcd();
let provider: OidcProvider;
let server: ControlPlaneProcess;
let people: ConsolePeople;
beforeAll(async () => {
  provider = await OidcProvider.start();
  server = await ControlPlaneProcess.start({
    etcd: worker.endpoint,
    environments: "dev",
    env: {
      LEVERFRAME_OIDC_ISSUER: provider.issuer,
      LEVERFRAME_OIDC_CLIENT_ID: "leverframe",
      LEVERFRAME_OIDC_CLIENT_SECRET: "known to both",
      LEVERFRAME_OIDC_NAME: "Example Login",
    },
  });
  await server.ready();
  people = new ConsolePeople(server.url, await server.token());
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await provider.close();
});

const meOf = async (caller: Caller) =>
  (
    await people.ask<{ signedIn: boolean; author: { id: string } | null; scopes: unknown[] }>(
      caller,
      "query",
      "session.me",
    )
  ).data;
const signIn = (email: string, password: string): Promise<Response> =>
  people.post("/api/auth/sign-in", { email, password });

describe("an invitation", () => {
  test("sets a password once, and signs its person in", async () => {
    const { url, id } = await people.do<{ url: string; id: string }>("people.create", {
      email: "Ann.Lee@Example.com",
      name: "Ann Lee",
    });
    expect(id).toBe("ann.lee");
    const code = new URL(url).searchParams.get("invitation") ?? "";
    const short = await people.post("/api/auth/accept", { code, password: "short" });
    expect(short.status).toBe(400);
    expect(await short.text()).toContain("12 to 128");
    const both = await Promise.all(
      [1, 2].map(() => people.post("/api/auth/accept", { code, password: "a password of Ann" })),
    );
    expect(both.map(({ status }) => status).sort((a, b) => a - b)).toEqual([204, 401]);
    const caller = cookieOf(both.find(({ status }) => status === 204) as Response);
    expect(await meOf(caller)).toMatchObject({ signedIn: true, author: { id: "ann.lee" }, name: "Ann Lee" });
    expect((await signIn("ann.lee@example.com", "a password of Ann")).status).toBe(204);
    // A second invitation sets another, and ends the sessions that there were.
    const again = await people.do<{ url: string }>("people.invite", { person: id });
    const second = new URL(again.url).searchParams.get("invitation");
    expect(
      (await people.post("/api/auth/accept", { code: second, password: "quite another one" })).status,
    ).toBe(204);
    expect(await meOf(caller)).toMatchObject({ signedIn: false });
    expect((await signIn("ann.lee@example.com", "a password of Ann")).status).toBe(401);
    expect((await signIn("ann.lee@example.com", "quite another one")).status).toBe(204);
  });

  test("does not sign in as a login link, nor a login link set a password", async () => {
    const { url } = await people.do<{ url: string }>("people.create", {
      email: "bo@example.com",
      name: "Bo",
    });
    const code = new URL(url).searchParams.get("invitation");
    expect((await people.post("/api/auth/exchange", { code })).status).toBe(401);
    const link = await people.do<{ url: string }>("session.createLoginLink", null);
    const login = new URL(link.url).searchParams.get("code");
    expect((await people.post("/api/auth/accept", { code: login, password: "a long password" })).status).toBe(
      401,
    );
  });

  test("is for one address once, and people of one name get names of their own", async () => {
    await people.do("people.create", { email: "kim@example.com", name: "Kim" });
    const same = await people.ask(people.admin, "mutation", "people.create", {
      email: "KIM@example.com",
      name: "K",
    });
    expect(same.code).toBe("CONFLICT");
    const second = await people.do<{ id: string }>("people.create", {
      email: "kim@example.org",
      name: "Kim",
    });
    expect(second.id).toBe("kim-2");
  });
});

describe("guessing", () => {
  test("an unknown address, a wrong password and a disabled person get the same answer", async () => {
    const known = await people.person([]);
    const gone = await people.person([]);
    await people.do("people.disable", { person: gone.id });
    const answers = await Promise.all([
      signIn("nobody@example.com", "whatever it may be"),
      signIn(known.email, "whatever it may be"),
      signIn(gone.email, gone.password),
      signIn(known.email, "x".repeat(900)),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 401]);
    const texts = await Promise.all(answers.map((answer) => answer.text()));
    expect(new Set(texts).size).toBe(1);
    for (const answer of answers) expect(answer.headers.get("set-cookie")).toBeNull();
  });

  test("is slowed down by account, with Retry-After, also for addresses that nobody has", async () => {
    const known = await people.person([]);
    for (const email of [known.email, "nobody.at.all@example.com"]) {
      const answers = await Promise.all(Array.from({ length: 12 }, () => signIn(email, "wrong every time")));
      const statuses = answers.map(({ status }) => status);
      expect(statuses.filter((status) => status === 401).length).toBeLessThanOrEqual(5);
      const slowed = answers.find(({ status }) => status === 429) as Response;
      expect(Number(slowed.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    }
    // Each failure doubles the wait; and the right password must wait as well, or the wait would tell which one it is.
    const waits: number[] = [];
    while ((waits.at(-1) ?? 0) < 4) {
      const answer = await signIn(known.email, "wrong every time");
      if (answer.status !== 429) continue;
      const seconds = Number(answer.headers.get("retry-after"));
      waits.push(seconds);
      if (seconds < 4) await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
    }
    expect((await signIn(known.email, known.password)).status).toBe(429);
  });

  test("nobody signs up by themselves, and better-auth's own addresses are closed", async () => {
    for (const pathname of [
      "/api/auth/sign-up/email",
      "/api/auth/oidc/sign-up/email",
      "/api/auth/oidc/sign-in/email",
      "/api/auth/oidc/sign-in/social",
      "/api/auth/get-session",
      "/api/auth/oidc/get-session",
    ]) {
      const answer = await people.post(pathname, {
        email: "me@example.com",
        password: "a long password",
        name: "Me",
      });
      expect([pathname, answer.status]).toEqual([pathname, 404]);
    }
  });
});

describe("a provider of OpenID Connect", () => {
  /** As a browser goes: to us, to the provider, back to us. */
  async function walk(claims: Record<string, unknown>, change: (url: URL) => void = () => undefined) {
    provider.claims = claims;
    const start = await fetch(`${server.url}/api/auth/oidc`, { redirect: "manual" });
    expect(start.status).toBe(302);
    const cookies = start.headers.getSetCookie().map((one) => one.split(";")[0]);
    const asked = await fetch(start.headers.get("location") as string, { redirect: "manual" });
    const back = new URL(asked.headers.get("location") as string);
    change(back);
    const done = await fetch(back, { redirect: "manual", headers: { cookie: cookies.join("; ") } });
    const session = done.headers.getSetCookie().find((one) => one.startsWith("leverframe_session="));
    return {
      location: done.headers.get("location"),
      caller: session === undefined ? undefined : { cookie: session.split(";")[0] ?? "" },
    };
  }

  test("signs in whom an admin made, by the verified address", async () => {
    expect(await (await fetch(`${server.url}/api/auth/methods`)).json()).toEqual({
      password: true,
      oidc: "Example Login",
    });
    const known = await people.person([{ role: "viewer", env: "dev", services: "*" }]);
    for (const _ of [1, 2]) {
      const { location, caller } = await walk({
        sub: "s1",
        email: known.email,
        email_verified: true,
        name: "K",
      });
      expect(location).toBe("/login?signed-in=1");
      expect(await meOf(caller as Caller)).toMatchObject({ signedIn: true, author: { id: known.id } });
    }
  });

  test.each<[string, { sub: string; email?: string; email_verified?: boolean }]>([
    ["somebody whom nobody invited", { sub: "s2", email: "stranger@example.com", email_verified: true }],
    [
      "an address that is not verified",
      { sub: "s3", email: "unverified@example.com", email_verified: false },
    ],
    ["nobody's address", { sub: "s4" }],
  ])("refuses %s", async (_, claims) => {
    if (claims.email === "unverified@example.com") {
      await people.do("people.create", { email: claims.email, name: "Un" });
    }
    const { location, caller } = await walk(claims);
    expect(location).toMatch(/^\/login\?refused=(not-proved|not-invited)$/);
    expect(caller).toBeUndefined();
  });

  test("refuses an answer to a question that this browser did not ask", async () => {
    const known = await people.person([]);
    const claims = { sub: "s5", email: known.email, email_verified: true };
    const { location, caller } = await walk(claims, (url) => url.searchParams.set("state", randomUUID()));
    expect(location).toBe("/login?refused=not-proved");
    expect(caller).toBeUndefined();
  });
});
