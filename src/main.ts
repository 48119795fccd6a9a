import { readClustersByVariable, readEnvironment } from "./env.ts";
import { createLog } from "./infra/log.ts";
import { pagesFor } from "./server/pages.ts";
import { type ControlPlane, startControlPlane } from "./wiring/control-plane.ts";

/**
 * The control plane as a process. Prints two lines for people on standard output (where it is, and the first
 * sign-in link), logs JSON on standard error, and stops within 10 s of SIGTERM, SIGINT or SIGHUP.
 */
const STOP_WITHIN_MS = 10_000;

async function main(): Promise<void> {
  const environment = readEnvironment();
  const log = createLog(environment.LOG_LEVEL, "leverframe");
  const pages = await pagesFor(environment.NODE_ENV, environment.LEVERFRAME_FRAMED_BY);
  const controlPlane: ControlPlane = await startControlPlane({
    environment,
    perEnvironment: readClustersByVariable(),
    log,
    pages: pages.handle,
    ...(pages.upgrade === undefined ? {} : { otherUpgrade: pages.upgrade }),
  });
  let stopping = false;
  const stop = (signal: string): void => {
    if (stopping) return;
    stopping = true;
    log.info({ signal }, "stopping");
    setTimeout(() => process.exit(1), STOP_WITHIN_MS).unref();
    controlPlane
      .stop()
      .then(() => pages.close())
      .then(() => process.exit(0))
      .catch((error: unknown) => {
        log.error({ err: error }, "stopping failed");
        process.exit(1);
      });
  };
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"]) process.on(signal, () => stop(signal));
  process.on("unhandledRejection", (error) =>
    log.error({ err: error }, "a promise was left alone with its error"),
  );
  process.stdout.write(`Leverframe answers at ${controlPlane.url}\n`);
  process.stdout.write(
    controlPlane.firstLoginLink === undefined
      ? "Sign in with a link: npx leverframe login\n"
      : `Sign in once with ${controlPlane.firstLoginLink}\n`,
  );
  // For a parent that started us: the demo, a supervisor, a test.
  process.send?.({ url: controlPlane.url });
  process.on("disconnect", () => stop("disconnect"));
  log.info({ url: controlPlane.url, etcd: controlPlane.etcdEndpoints }, "ready");
}

const taken = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "EADDRINUSE";

main().catch((error: unknown) => {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(
    taken(error) ? `${message}. Choose another port: PORT=3001 npm start\n` : `${message}\n`,
  );
  process.exit(1);
});
