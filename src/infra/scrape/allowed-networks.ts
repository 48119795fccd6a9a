import { BlockList, isIP, isIPv4 } from "node:net";

/**
 * Networks by comma, such as `10.0.0.0/8,::1/128` or single addresses. Throws for what is none, with the part at fault.
 * Gives the question whether an address is in one of them; a mapped IPv4 address counts as what it maps.
 */
export function allowedNetworks(text: string): (address: string) => boolean {
  const list = new BlockList();
  for (const part of text.split(",").map((one) => one.trim())) {
    if (part === "") continue;
    const [address = "", bits, ...rest] = part.split("/");
    const family = isIP(address);
    const most = family === 4 ? 32 : 128;
    const length = bits === undefined ? most : Number(bits);
    if (family === 0 || rest.length > 0 || !Number.isInteger(length) || length < 0 || length > most) {
      throw new Error(`${part} is no network such as 10.0.0.0/8.`);
    }
    list.addSubnet(address, length, family === 4 ? "ipv4" : "ipv6");
  }
  return (address) => {
    const plain = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address;
    return isIP(plain) !== 0 && list.check(plain, isIPv4(plain) ? "ipv4" : "ipv6");
  };
}
