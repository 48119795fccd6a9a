import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

export interface Certificate {
  readonly certFile: string;
  readonly keyFile: string;
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** A certificate authority of a test, by the system's openssl; gone with its directory. */
export class TestAuthority implements AsyncDisposable {
  readonly caFile: string;
  readonly ca: Buffer;
  readonly #dir: string;

  static async create(): Promise<TestAuthority> {
    const dir = await mkdtemp(path.join(tmpdir(), "leverframe-ca-"));
    const subject = ["-subj", "/CN=leverframe-test-ca", "-days", "2"];
    await run(
      "openssl",
      ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", ...subject],
      { cwd: dir },
    );
    return new TestAuthority(dir, await readFile(path.join(dir, "ca.pem")));
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
    const authority = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2"];
    const files = ["-in", `${commonName}.csr`, "-out", certFile, "-extfile", extensions];
    await run("openssl", ["x509", "-req", ...files, ...authority], { cwd });
    const [cert, key] = await Promise.all([readFile(certFile), readFile(keyFile)]);
    return { certFile, keyFile, cert, key };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#dir, { recursive: true, force: true });
  }
}
