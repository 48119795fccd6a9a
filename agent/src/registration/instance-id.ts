import { hostname } from "node:os";
import process from "node:process";

/** The port of `host:port`; undefined when there is none. */
const portOf = (address: string | undefined): string | undefined => address?.match(/:(\d{1,5})$/)?.[1];

/**
 * The id of this process among its service's: what the host gave, else `LEVERFRAME_INSTANCE`, else
 * `{hostname}-{port}`. A process without a port takes its pid, which a restart changes: give such a worker an id.
 */
export function instanceIdFor(o: { instance?: string | undefined; address?: string | undefined }): string {
  const given = o.instance ?? process.env["LEVERFRAME_INSTANCE"];
  if (given !== undefined && given !== "") return given;
  const id = `${hostname()}-${portOf(o.address) ?? process.pid}`;
  return id.replace(/[^A-Za-z0-9._-]/g, "-").slice(-128);
}
