import { embeddedEtcd } from "../../src/infra/etcd/embedded-etcd.ts";

/**
 * A process of its own that runs an embedded etcd, for tests that kill it. Argument: the directory. Prints one line of
 * JSON once it runs, and stays.
 */
const [dir] = process.argv.slice(2);
if (dir === undefined) throw new Error("usage: embedded-etcd-host.ts DIRECTORY");
const say = (line: string): void => void process.stderr.write(`${line}\n`);
const etcd = await embeddedEtcd({ dir, log: { info: say, warn: say, error: say } });
process.stdout.write(
  `${JSON.stringify({ pid: etcd.pid, adopted: etcd.adopted, endpoints: etcd.endpoints })}\n`,
);
setInterval(() => undefined, 60_000);
