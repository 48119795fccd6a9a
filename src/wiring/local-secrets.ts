import { randomBytes } from "node:crypto";
import { mkdir, open, readFile } from "node:fs/promises";
import path from "node:path";

/** The file that the CLI on this machine shows its token from. */
export const tokenFile = (dataDir: string): string => path.resolve(dataDir, "cli-token");

/** Reads a secret's file, or makes it (0600) with `make`. Two processes at once agree on one. */
export async function keepSecret(
  file: string,
  make: () => string | Promise<string>,
): Promise<{ value: string; made: boolean }> {
  const known = await readFile(file, "utf8").catch(() => "");
  if (known.trim() !== "") return { value: known.trim(), made: false };
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  const value = await make();
  try {
    const handle = await open(file, "wx", 0o600);
    await handle.writeFile(`${value}\n`);
    await handle.sync();
    await handle.close();
    return { value, made: true };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    return { value: (await readFile(file, "utf8")).trim(), made: false };
  }
}

/** The key that sessions are signed with: given, or kept in the data directory. */
export const sessionKey = async (given: string | undefined, dataDir: string): Promise<string> =>
  given ??
  (await keepSecret(path.resolve(dataDir, "session-key"), () => randomBytes(48).toString("base64url"))).value;
