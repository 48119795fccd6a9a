import { type Etcd, EtcdError, openEtcd } from "@leverframe/agent/etcd";
import { afterEach, describe, expect, it } from "vitest";
import { Authority } from "../../demo/secure/authority.ts";
import { EtcdServer } from "../support/etcd-server.ts";
import { GroupLoad } from "../support/group-load.ts";
import { MirrorWitness } from "../support/mirror-witness.ts";
import { seeded } from "../support/seeded.ts";

const clients: Etcd[] = [];

afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});

const open = (...options: Parameters<typeof openEtcd>): Etcd => {
  const etcd = openEtcd(...options);
  clients.push(etcd);
  return etcd;
};

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "ok",
    (error: unknown) => (error instanceof EtcdError ? error.code : String(error)),
  );

/** A root for whoever sets it up, and `order`, who may read `/live/` only. */
async function enableRoles(root: Etcd, order: { password?: string }): Promise<void> {
  await root.auth.userAdd({ name: "root", password: "root-password" });
  await root.auth.roleAdd({ name: "root" });
  await root.auth.userGrantRole({ user: "root", role: "root" });
  await root.auth.roleAdd({ name: "order" });
  const perm = { permType: "Read" as const, key: Buffer.from("/live/"), range_end: Buffer.from("/live0") };
  await root.auth.roleGrantPermission({ name: "order", perm });
  await root.auth.userAdd({ name: "order", password: order.password ?? "unused-password" });
  await root.auth.userGrantRole({ user: "order", role: "order" });
  await root.auth.authEnable();
}

describe("mutual TLS", () => {
  it("knows a client by its certificate's common name, and lets it do no more than its role", async () => {
    await using authority = await Authority.create();
    const own = await authority.issue("server");
    await using server = await EtcdServer.start({
      tls: { cert: own.certFile, key: own.keyFile, clientCa: authority.caFile },
    });
    const as = async (name: string): Promise<Etcd> => {
      const { cert, key } = await authority.issue(name);
      return open({ endpoints: [server.endpoint], tls: { ca: authority.ca, cert, key } });
    };
    const root = await as("root");
    await root.put("/live/a", "1");
    await enableRoles(root, {});
    const order = await as("order");
    expect((await order.get("/live/a"))?.value.toString()).toBe("1");
    expect(await codeOf(order.put("/live/a", "2"))).toBe("AUTH");
    expect(await codeOf(order.get("/other/a"))).toBe("AUTH");
    const witness = new MirrorWitness({
      etcd: order,
      prefix: "/live/",
      check: { kind: "newest" },
      keysPerGroup: 1,
    });
    witness.mirror.start();
    await witness.mirror.ready(5_000);
    const { revision } = await root.put("/live/b", "2");
    await witness.reach(revision);
    await witness.mirror.close();
    const bare = open({ endpoints: [server.endpoint], tls: { ca: authority.ca } });
    expect(await codeOf(bare.get("/live/a"))).toBe("UNAVAILABLE");
  });

  it("refuses a server that another authority vouches for", async () => {
    await using authority = await Authority.create();
    await using stranger = await Authority.create();
    const own = await authority.issue("server");
    await using server = await EtcdServer.start({
      tls: { cert: own.certFile, key: own.keyFile, ca: authority.ca },
    });
    const trusting = open({ endpoints: [server.endpoint], tls: { ca: authority.ca } });
    expect(await codeOf(trusting.put("/a", "1"))).toBe("ok");
    const wary = open({ endpoints: [server.endpoint], tls: { ca: stranger.ca } });
    expect(await codeOf(wary.put("/a", "1"))).toBe("UNAVAILABLE");
  });
});

describe("a password", () => {
  it("opens what its role allows, and is used again when etcd has forgotten its tokens", async () => {
    await using server = await EtcdServer.start();
    const setup = open({ endpoints: [server.endpoint] });
    await enableRoles(setup, { password: "order-password" });
    expect(await codeOf(setup.get("/live/a"))).toBe("AUTH");
    const rootAuth = { username: "root", password: "root-password" };
    const root = open({ endpoints: [server.endpoint], auth: rootAuth });
    const order = open({
      endpoints: [server.endpoint],
      auth: { username: "order", password: "order-password" },
    });
    const load = new GroupLoad({
      etcd: root,
      prefix: "/live/",
      random: seeded(1),
      groups: 5,
      keysPerGroup: 4,
    });
    const witness = new MirrorWitness({
      etcd: order,
      prefix: "/live/",
      check: { kind: "newest" },
      keysPerGroup: 4,
    });
    witness.mirror.start();
    await load.run({ changes: 100 });
    await witness.reach(Math.max(...load.acknowledged));
    expect(await codeOf(order.put("/live/a", "1"))).toBe("AUTH");
    await server.kill();
    await server.up();
    await load.run({ changes: 100 });
    await witness.reach(Math.max(...load.acknowledged));
    expect(await witness.verdict(root, load)).toEqual([]);
    await witness.mirror.close();
    const wrong = open({ endpoints: [server.endpoint], auth: { username: "order", password: "guess" } });
    expect(await codeOf(wrong.get("/live/a"))).toBe("AUTH");
  });
});
