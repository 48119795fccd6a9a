import { describe, expect, test } from "vitest";
import { clientAddress } from "./client-address.ts";

const from = (remoteAddress: string, forwarded?: string): Parameters<ReturnType<typeof clientAddress>>[0] =>
  ({
    socket: { remoteAddress },
    headers: forwarded === undefined ? {} : { "x-forwarded-for": forwarded },
  }) as Parameters<ReturnType<typeof clientAddress>>[0];

describe("the address of a client", () => {
  const addressOf = clientAddress("10.0.0.0/8, ::1, 192.168.1.5");
  test.each([
    ["the socket's, where nobody stands between", from("203.0.113.7"), "203.0.113.7"],
    ["the socket's, whatever a stranger claims", from("203.0.113.7", "198.51.100.1"), "203.0.113.7"],
    ["what a proxy says", from("10.1.2.3", "198.51.100.1"), "198.51.100.1"],
    ["what the first proxy saw, over a chain", from("::1", "198.51.100.1, 192.168.1.5"), "198.51.100.1"],
    ["not what the client wrote before it", from("10.1.2.3", "1.1.1.1, 198.51.100.1"), "198.51.100.1"],
    [
      "an address of IPv6 as one of IPv4 where it is one",
      from("::ffff:10.1.2.3", "2001:db8::1"),
      "2001:db8::1",
    ],
    ["the proxy's, where it says nothing", from("10.1.2.3"), "10.1.2.3"],
    ["the proxy's, where it says nonsense", from("10.1.2.3", "<script>"), "10.1.2.3"],
  ])("is %s", (_, request, address) => {
    expect(addressOf(request)).toBe(address);
  });

  test.each(["10.0.0.0/33", "proxy.example.com", "10.0.0.0/x"])("%s is no proxy", (text) => {
    expect(() => clientAddress(text)).toThrow("neither an address nor a range");
  });

  test("without proxies no header counts", () => {
    expect(clientAddress("")(from("10.1.2.3", "198.51.100.1"))).toBe("10.1.2.3");
  });
});
