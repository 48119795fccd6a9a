import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { Scraper } from "../../src/features/scrape/scraper.ts";
import { allowedNetworks } from "../../src/infra/scrape/allowed-networks.ts";
import { createFetchMetrics } from "../../src/infra/scrape/fetch-metrics.ts";
import { eventually } from "../support/eventually.ts";

/** Registrations come from services: whatever they name, a scrape is bounded, and leads nowhere but where it may. */
const started: { close(): unknown }[] = [];
afterEach(() => {
  for (const one of started.splice(0)) one.close();
});

async function serve(listener: RequestListener): Promise<string> {
  const server: Server = createServer(listener);
  started.push({ close: () => (server.closeAllConnections(), server.close()) });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const fetcherOf = (networks: string, deadlineMs = 2_000, mostBytes = 1_000_000) => {
  const fetcher = createFetchMetrics({ isAllowed: allowedNetworks(networks), deadlineMs, mostBytes });
  started.push(fetcher);
  return (address: string) => fetcher.fetch(address, new AbortController().signal);
};
const LOOPBACK = "127.0.0.0/8,::1";

describe("one fetch", () => {
  test("gives the text of /metrics", async () => {
    const address = await serve((request, response) => response.end(`path ${request.url}`));
    expect(await fetcherOf(LOOPBACK)(address)).toBe("path /metrics");
  });

  test("goes to allowed networks alone, by address and by name", async () => {
    const asked: string[] = [];
    const address = await serve((request, response) => {
      asked.push(request.headers.host ?? "");
      response.end("a 1\n");
    });
    const port = address.split(":")[1];
    const inside = fetcherOf("10.0.0.0/8");
    for (const one of [
      address,
      `localhost:${port}`,
      `[::1]:${port}`,
      "169.254.169.254",
      `2130706433:${port}`,
    ])
      await expect(inside(one), one).rejects.toThrow(/not in a network that may be scraped/);
    expect(asked).toEqual([]);
    expect(await fetcherOf(LOOPBACK)(`localhost:${port}`)).toBe("a 1\n");
  });

  test("follows no redirect", async () => {
    let reached = false;
    const inner = await serve((_, response) => {
      reached = true;
      response.end("secret 1");
    });
    const address = await serve((_, response) =>
      response.writeHead(302, { location: `http://${inner}/metrics` }).end(),
    );
    await expect(fetcherOf(LOOPBACK)(address)).rejects.toThrow("/metrics answered 302.");
    expect(reached).toBe(false);
  });

  test("ends at its deadline, also where bytes drip", async () => {
    const address = await serve((_, response) => {
      const drip = setInterval(() => response.write("a 1\n"), 20);
      response.once("close", () => clearInterval(drip));
    });
    await expect(fetcherOf(LOOPBACK, 200)(address)).rejects.toThrow("It did not answer within 200 ms.");
    const silent = await serve(() => undefined);
    await expect(fetcherOf(LOOPBACK, 200)(silent)).rejects.toThrow("It did not answer within 200 ms.");
  });

  test("ends at its bytes", async () => {
    const address = await serve((_, response) => response.end("x".repeat(5_000)));
    await expect(fetcherOf(LOOPBACK, 2_000, 4_000)(address)).rejects.toThrow("longer than 4000 bytes");
  });

  test.each(["", "nowhere", "user:pass@127.0.0.1:1", "127.0.0.1:1/path", "a b:1"])(
    "%j is no address",
    async (one) => {
      await expect(fetcherOf("127.0.0.1")(one)).rejects.toThrow(/./);
    },
  );

  test.each(["10.0.0.0/33", "ten", "10.0.0.0/8/8", "10.0.0.0/x"])("%j is no network", (text) => {
    expect(() => allowedNetworks(`127.0.0.1,${text}`)).toThrow(text);
  });
});

interface Stored {
  readonly MetricName: string;
  readonly ServiceName: string;
  readonly Value: number;
  readonly ResourceAttributes: Readonly<Record<string, string>>;
}

const targetOf = (instance: string, address: string) => ({
  env: "prod",
  service: "order",
  instance,
  version: "1",
  zone: "a",
  address,
});

function scraperOf(
  targets: readonly ReturnType<typeof targetOf>[],
  insert: (rows: Stored[]) => Promise<void>,
) {
  const fetch = fetcherOf(LOOPBACK);
  const scraper = new Scraper({
    targets: () => targets,
    fetch,
    store: { insert: (_, rows) => insert(rows as Stored[]) },
    nowMs: Date.now,
    random: Math.random,
    onProblem: () => undefined,
    everyMs: 100,
  });
  started.push(scraper);
  scraper.start();
  return scraper;
}

describe("rounds", () => {
  test("what is well is stored under its source, what is not is down, with the reason", async () => {
    const well = await serve((_, response) =>
      response.end('# TYPE a_total counter\na_total{instance="x"} 7\n'),
    );
    const broken = await serve((_, response) => response.end("<html>"));
    const rows: Stored[] = [];
    const scraper = scraperOf(
      [targetOf("well-1", well), targetOf("broken-1", broken), targetOf("gone-1", "127.0.0.1:1")],
      async (some) => void rows.push(...some),
    );
    await eventually(
      () => rows.filter(({ MetricName }) => MetricName === "a_total").length,
      (count) => count >= 3,
    );
    const sample = rows.find(({ MetricName }) => MetricName === "a_total");
    expect(sample).toMatchObject({
      Value: 7,
      ServiceName: "order",
      Attributes: { exported_instance: "x" },
      ResourceAttributes: {
        "service.name": "order",
        "service.instance.id": "well-1",
        "service.version": "1",
        "deployment.environment.name": "prod",
        "cloud.availability_zone": "a",
      },
    });
    const up = (instance: string) =>
      rows.find(
        ({ MetricName, ResourceAttributes }) =>
          MetricName === "up" && ResourceAttributes["service.instance.id"] === instance,
      )?.Value;
    expect(["well-1", "broken-1", "gone-1"].map(up)).toEqual([1, 0, 0]);
    expect(scraper.health().find(({ target }) => target.instance === "broken-1")?.fault).toMatch(/line 1/);
  });

  test("at most 16 are asked at once, and who hangs is not asked again meanwhile", async () => {
    let [open, most] = [0, 0];
    const address = await serve((_, response) => {
      open += 1;
      most = Math.max(most, open);
      response.once("close", () => (open -= 1));
    });
    scraperOf(
      Array.from({ length: 40 }, (_, index) => targetOf(`order-${index}`, address)),
      async () => undefined,
    );
    await eventually(
      () => open,
      (count) => count === 16,
    );
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(most).toBe(16);
  });

  test("a store that takes nothing costs rows, counted, and no memory", async () => {
    const text = Array.from({ length: 4_000 }, (_, index) => `a{i="${index}"} 1`).join("\n");
    const address = await serve((_, response) => response.end(text));
    let release = (): void => undefined;
    const stuck = new Promise<void>((resolve) => (release = resolve));
    const scraper = scraperOf(
      Array.from({ length: 20 }, (_, index) => targetOf(`order-${index}`, address)),
      () => stuck,
    );
    await eventually(
      () => scraper.dropped,
      (count) => count > 20_000,
      30_000,
    );
    expect(scraper.stored).toBe(0);
    release();
    await eventually(
      () => scraper.stored,
      (count) => count > 20_000,
    );
  });
});
