import { type Etcd, EtcdError } from "@leverframe/agent/etcd";
import type { EtcdRole } from "../../domain/etcd-roles.ts";

const ROOT = "root";

/** The first key after all keys with this prefix. */
function endOf(prefix: string): Buffer {
  const end = Buffer.from(prefix);
  end[end.length - 1] = (end.at(-1) ?? 0) + 1;
  return end;
}

/** What stands already is as wanted. */
async function unlessThere(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof EtcdError) || !/already exists/i.test(error.message)) throw error;
  }
}

/**
 * Makes each role and its user say just what is wanted: grants that are not wanted (any more) are taken away. Safe to
 * repeat. Rejects with `EtcdError`.
 */
export async function applyRoles(etcd: Etcd, roles: readonly EtcdRole[]): Promise<void> {
  const { auth } = etcd;
  for (const { name, grants } of roles) {
    await unlessThere(auth.roleAdd({ name }));
    const standing = (await auth.roleGet({ role: name })).perm;
    for (const { key, range_end } of standing) {
      if (!grants.some(({ prefix }) => prefix === key.toString())) {
        await auth.roleRevokePermission({ role: name, key, range_end });
      }
    }
    for (const { prefix, access } of grants) {
      await auth.roleGrantPermission({
        name,
        perm: {
          permType: access === "read" ? "Read" : "Readwrite",
          key: Buffer.from(prefix),
          range_end: endOf(prefix),
        },
      });
    }
    await unlessThere(auth.userAdd({ name, password: "", options: { no_password: true } }));
    await unlessThere(auth.userGrantRole({ user: name, role: name }));
  }
}

/**
 * Switches roles on: from then on only clients with a known certificate (or password) get in. Makes `root`, without a
 * password, for whoever holds a certificate of that common name. Safe to repeat.
 */
export async function enableRoles(etcd: Etcd): Promise<void> {
  const { auth } = etcd;
  await unlessThere(auth.roleAdd({ name: ROOT }));
  await unlessThere(auth.userAdd({ name: ROOT, password: "", options: { no_password: true } }));
  await unlessThere(auth.userGrantRole({ user: ROOT, role: ROOT }));
  await auth.authEnable();
}
