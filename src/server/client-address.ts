import type { IncomingMessage } from "node:http";
import { BlockList, isIP } from "node:net";

/** Whose address a request comes from. */
export type AddressOf = (request: Pick<IncomingMessage, "headers" | "socket">) => string;

const bare = (address: string): string => address.trim().replace(/^::ffff:/i, "");

/**
 * By the socket, unless that is a proxy named in `trusted` (addresses and CIDR ranges, by comma): then the last address
 * of `X-Forwarded-For` that is none of them, since whatever stands before it anybody could have written. Throws an
 * `Error` that names the part that is no address.
 */
export function clientAddress(trusted: string): AddressOf {
  const proxies = new BlockList();
  for (const part of trusted.split(",").map((text) => text.trim())) {
    if (part === "") continue;
    const [address = "", bits] = part.split("/");
    const version = isIP(address);
    const most = version === 4 ? 32 : 128;
    const prefix = bits === undefined ? most : Number(bits);
    if (version === 0 || !Number.isInteger(prefix) || prefix < 0 || prefix > most) {
      throw new Error(
        `LEVERFRAME_TRUSTED_PROXIES: ${part} is neither an address nor a range such as 10.0.0.0/8`,
      );
    }
    proxies.addSubnet(address, prefix, version === 4 ? "ipv4" : "ipv6");
  }
  const isProxy = (address: string): boolean => {
    const version = isIP(address);
    return version !== 0 && proxies.check(address, version === 4 ? "ipv4" : "ipv6");
  };
  return ({ headers, socket }) => {
    const direct = bare(socket.remoteAddress ?? "unknown");
    if (!isProxy(direct)) return direct;
    const said = [headers["x-forwarded-for"] ?? []].flat().join(",").split(",").map(bare);
    const client = said.toReversed().find((address) => !isProxy(address));
    return client !== undefined && isIP(client) !== 0 ? client : direct;
  };
}
