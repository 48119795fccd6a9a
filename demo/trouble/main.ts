import { readFile } from "node:fs/promises";
import path from "node:path";
import * as z from "zod";
import { TROUBLES } from "./troubles.ts";

/** `npm run trouble -- slow-bank`: knocks at the running demo. */
const usage = `npm run trouble -- <what> [instance]\n${Object.entries(TROUBLES)
  .map(([name, what]) => `  ${name.padEnd(14)} ${what}`)
  .join("\n")}`;

async function main(): Promise<number> {
  const [trouble, target] = process.argv.slice(2);
  if (trouble === undefined || !(trouble in TROUBLES)) {
    process.stderr.write(`${usage}\n`);
    return 2;
  }
  const file = path.resolve(process.env["LEVERFRAME_DATA"] ?? ".leverframe/data", "demo.json");
  const text = await readFile(file, "utf8").catch(() => undefined);
  if (text === undefined) {
    process.stderr.write("The demo does not run here. Type: npm run demo\n");
    return 1;
  }
  const desk = z.object({ url: z.url(), secret: z.string() }).parse(JSON.parse(text));
  const response = await fetch(desk.url, {
    method: "POST",
    headers: { authorization: `Bearer ${desk.secret}` },
    body: JSON.stringify({ trouble, target }),
    signal: AbortSignal.timeout(60_000),
  });
  process.stdout.write(`${await response.text()}\n`);
  return response.ok ? 0 : 1;
}

process.exitCode = await main().catch((error: unknown) => {
  process.stderr.write(`The demo does not answer (${String(error)}). Type: npm run demo\n`);
  return 1;
});
