import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

const DOWNLOAD_MS = 180_000;
const MAX_BYTES = 100 * 1024 * 1024;

/** Official releases by platform (`{process.platform}-{process.arch}`), each with the SHA-256 of its archive. */
export interface ReleasePins {
  readonly baseUrl: string;
  readonly archives: Readonly<
    Record<string, { readonly version: string; readonly file: string; readonly sha256: string }>
  >;
}

export const OFFICIAL_RELEASES: ReleasePins = {
  baseUrl: "https://github.com/etcd-io/etcd/releases/download",
  archives: {
    "linux-x64": {
      version: "v3.5.21",
      file: "etcd-v3.5.21-linux-amd64.tar.gz",
      sha256: "adddda4b06718e68671ffabff2f8cee48488ba61ad82900e639d108f2148501c",
    },
    "linux-arm64": {
      version: "v3.5.21",
      file: "etcd-v3.5.21-linux-arm64.tar.gz",
      sha256: "95bf6918623a097c0385b96f139d90248614485e781ec9bee4768dbb6c79c53f",
    },
    "darwin-arm64": {
      version: "v3.5.21",
      file: "etcd-v3.5.21-darwin-arm64.zip",
      sha256: "d0ffb98e3671b1de1ca82b1fb6d7548661573519174470a33b6efccacb494f06",
    },
    "darwin-x64": {
      version: "v3.5.6",
      file: "etcd-v3.5.6-darwin-amd64.zip",
      sha256: "eb0bca1ef939c4abd1d73dc61ef7e019cdc5e97a38e2e99ad2aac34aeb8266ee",
    },
  },
};

/**
 * Downloads the official archive for a platform into `work`, and gives the program's path in it. Throws when there
 * is none, when it does not arrive in time, and when it is not the pinned one: then nothing of it is unpacked.
 */
export async function fetchRelease(options: {
  readonly program: string;
  readonly platform: string;
  readonly work: string;
  readonly log?: (line: string) => void;
  readonly releases?: ReleasePins;
}): Promise<string> {
  const { program, platform, work, log, releases = OFFICIAL_RELEASES } = options;
  const pin = releases.archives[platform];
  if (!pin) throw new Error(`there is no pinned release for ${platform}`);
  const url = `${releases.baseUrl}/${pin.version}/${pin.file}`;
  log?.(`fetching ${program} from ${url}`);
  const archive = await download(url);
  const sha256 = createHash("sha256").update(archive).digest("hex");
  if (sha256 !== pin.sha256)
    throw new Error(`${url} has the SHA-256 ${sha256}, not the pinned ${pin.sha256}`);
  const file = path.join(work, pin.file);
  await writeFile(file, archive);
  await run("tar", ["-xf", file, "-C", work], { timeout: DOWNLOAD_MS });
  return path.join(work, pin.file.replace(/\.(tar\.gz|zip)$/, ""), program);
}

async function download(url: string): Promise<Buffer> {
  let response: Response;
  try {
    response = await fetch(url, { signal: AbortSignal.timeout(DOWNLOAD_MS) });
  } catch (error) {
    const { cause } = error as { cause?: unknown };
    throw new Error(`${url}: ${cause instanceof Error ? cause.message : String(error)}`, { cause: error });
  }
  if (!response.ok || !response.body) throw new Error(`${url}: HTTP ${response.status}`);
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    sizeBytes += chunk.length;
    if (sizeBytes > MAX_BYTES) throw new Error(`${url} is larger than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
