// `npm run footprint`: measures the built agent as a stranger gets it, and writes the figures into its README.
import { execFileSync, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

const root = path.resolve(import.meta.dirname, "..");
const agent = path.join(root, "agent");
const readme = path.join(agent, "README.md");
const BEGIN = "<!-- footprint: written by npm run footprint -->";
const END = "<!-- footprint ends -->";
const ROUNDS = 7;

const manifest = (dir) => JSON.parse(readFileSync(path.join(dir, "package.json"), "utf8"));

/** Where a package that `from` needs is installed, as Node finds it. */
function placeOf(name, from) {
  for (let dir = from; ; dir = path.dirname(dir)) {
    const place = path.join(dir, "node_modules", name);
    if (existsSync(path.join(place, "package.json"))) return place;
    if (dir === path.dirname(dir)) return undefined;
  }
}

/** Every package that comes along, with the bytes of its files. */
function tree() {
  const found = new Map();
  const visit = (dir) => {
    for (const name of Object.keys(manifest(dir).dependencies ?? {})) {
      const place = placeOf(name, dir);
      if (place === undefined || found.has(place)) continue;
      found.set(place, bytesOf(place));
      visit(place);
    }
  };
  visit(agent);
  return found;
}

function bytesOf(dir) {
  let sum = 0;
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    const full = path.join(dir, entry.name);
    if (entry.isDirectory()) sum += entry.name === "node_modules" ? 0 : bytesOf(full);
    else if (entry.isFile()) sum += statSync(full).size;
  }
  return sum;
}

/** What a process of its own says, as JSON on its last line. */
function ask(program) {
  const dir = mkdtempSync(path.join(tmpdir(), "leverframe-footprint-"));
  try {
    symlinkSync(path.join(root, "node_modules"), path.join(dir, "node_modules"));
    const file = path.join(dir, "program.mjs");
    writeFileSync(file, program);
    const ran = spawnSync(process.execPath, ["--expose-gc", file], {
      cwd: dir,
      encoding: "utf8",
      timeout: 60_000,
    });
    if (ran.status !== 0) throw new Error(`the program failed:\n${ran.stderr}`);
    return JSON.parse(ran.stdout.trim().split("\n").at(-1));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

const PROGRAM = (parts) => `
const rss = async () => {
  for (let round = 0; round < 3; round++) { gc(); await new Promise((r) => setTimeout(r, 30)); }
  return process.memoryUsage().rss / 1048576;
};
const before = await rss();
const beganMs = performance.now();
const { createAgent } = await import("@leverframe/agent");
const importMs = performance.now() - beganMs;
const imported = await rss();
const agents = [];
const agent = createAgent({ service: "order", env: "dev", etcd: { endpoints: ["127.0.0.1:1"] }, snapshotDir: false, startDeadlineMs: 50 });
${parts}
await agent.start();
const started = await rss();
const timers = process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
await agent.close();
await new Promise((r) => setTimeout(r, 50));
const left = process.getActiveResourcesInfo().filter((kind) => /Timeout|TCP|Server/.test(kind)).length;
console.log(JSON.stringify({ importMs, importMb: imported - before, startMb: started - imported, timers, left }));
`;
const DECLARED = `
for (let lever = 0; lever < 100; lever++) agent.switch("s" + lever, { level: "non-core" });
for (let dependency = 0; dependency < 10; dependency++) { agent.service("d" + dependency); agent.breaker("d" + dependency); }
`;

const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
execFileSync("npm", ["run", "-s", "build"], { cwd: agent, stdio: "inherit" });
const packages = tree();
const rounds = Array.from({ length: ROUNDS }, () => ask(PROGRAM(DECLARED)));
const figure = (name) => median(rounds.map((round) => round[name]));
const bare = spawnSync(process.execPath, ["-e", "0"], { encoding: "utf8" }).status === 0;
if (!bare || figure("left") !== 0) throw new Error("closing left a timer or a socket");
const own = bytesOf(path.join(agent, "dist"));
const mb = (bytes) => (bytes / 1_048_576).toFixed(1);
const direct = Object.entries(manifest(agent).dependencies).map(
  ([name, version]) => `\`${name}\` ${version}`,
);
const lines = [
  BEGIN,
  "",
  "| | |",
  "|---|---|",
  `| packages that come along | ${packages.size} (${direct.length} of them named here), ${mb([...packages.values()].reduce((sum, each) => sum + each, 0))} MB on disk; the agent itself ${mb(own)} MB |`,
  `| named | ${direct.join(", ")} |`,
  `| only where you use them | ${Object.keys(manifest(agent).peerDependencies)
    .map((name) => `\`${name}\``)
    .join(", ")} |`,
  `| import | ${figure("importMs").toFixed(0)} ms, ${figure("importMb").toFixed(0)} MB of memory (most of it etcd3 with grpc-js and protobuf, then zod) |`,
  `| an agent with 100 switches, 10 dependencies, 10 breakers | ${figure("startMb").toFixed(0)} MB more |`,
  `| timers while etcd is away | ${figure("timers")}; none of them keeps the process alive |`,
  "| after `close()` | no timer, no socket |",
  "",
  `Node ${process.version}, ${process.platform} ${process.arch}, medians of ${ROUNDS} processes.`,
  END,
];
const text = readFileSync(readme, "utf8");
const [from, to] = [text.indexOf(BEGIN), text.indexOf(END)];
if (from === -1 || to === -1) throw new Error(`${readme} has no place for the figures: ${BEGIN} … ${END}`);
writeFileSync(readme, text.slice(0, from) + lines.join("\n") + text.slice(to + END.length));
console.log(lines.slice(2, -1).join("\n"));
