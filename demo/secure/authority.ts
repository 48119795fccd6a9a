import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";

const execute = promisify(execFile);

async function run(program: string, args: readonly string[], options: { cwd: string }): Promise<void> {
  try {
    await execute(program, args, { ...options, timeout: 30_000 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    throw new Error(`There is no ${program}. Type: apt-get install -y ${program}`, { cause: error });
  }
}

export interface Certificate {
  readonly certFile: string;
  readonly keyFile: string;
  readonly cert: Buffer;
  readonly key: Buffer;
}

const DAYS = "30";

/** A certificate authority for a demo or a test, by the system's openssl; gone with its directory. */
export class Authority implements AsyncDisposable {
  readonly caFile: string;
  readonly ca: Buffer;
  readonly #dir: string;

  /** Throws an `Error` that says what to install where there is no openssl. */
  static async create(): Promise<Authority> {
    const dir = await mkdtemp(path.join(tmpdir(), "leverframe-ca-"));
    const subject = ["-subj", "/CN=leverframe-demo-ca", "-days", DAYS];
    await run(
      "openssl",
      ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", ...subject],
      { cwd: dir },
    );
    return new Authority(dir, await readFile(path.join(dir, "ca.pem")));
  }

  private constructor(dir: string, ca: Buffer) {
    this.#dir = dir;
    this.caFile = path.join(dir, "ca.pem");
    this.ca = ca;
  }

  /** For a server on loopback and for clients alike; etcd knows a client by the common name. */
  async issue(commonName: string): Promise<Certificate> {
    const cwd = this.#dir;
    const [keyFile, certFile] = [path.join(cwd, `${commonName}.key`), path.join(cwd, `${commonName}.pem`)];
    const request = ["-keyout", keyFile, "-out", `${commonName}.csr`, "-subj", `/CN=${commonName}`];
    await run("openssl", ["req", "-newkey", "rsa:2048", "-nodes", ...request], { cwd });
    const extensions = `${commonName}.ext`;
    await writeFile(path.join(cwd, extensions), "subjectAltName=IP:127.0.0.1,DNS:localhost\n");
    const authority = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", DAYS];
    const files = ["-in", `${commonName}.csr`, "-out", certFile, "-extfile", extensions];
    await run("openssl", ["x509", "-req", ...files, ...authority], { cwd });
    const [cert, key] = await Promise.all([readFile(certFile), readFile(keyFile)]);
    return { certFile, keyFile, cert, key };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#dir, { recursive: true, force: true });
  }
}
