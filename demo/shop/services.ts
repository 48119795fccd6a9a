import * as z from "zod";
import type { ServiceName } from "../fleet/plan.ts";
import { bank } from "./bank.ts";
import { callService } from "./call.ts";
import { type CohortSource, cohortsOf } from "./cohorts.ts";
import { GOODS, type Product, REMARKS } from "./goods.ts";
import { payment } from "./payment.ts";
import { type Answer, type Exchange, tierOf } from "./server.ts";
import type { MakeService } from "./service.ts";
import { StockClient, type StockView } from "./stock.ts";
import { type Part, renderStorefront } from "./storefront.ts";

const notFound: Answer = { status: 404, json: { error: "there is no such address" } };

/** Which services each one calls: their registries are followed. */
export const DEPENDENCIES: Readonly<Record<ServiceName, readonly ServiceName[]>> = {
  gateway: ["product", "recommend", "comment", "order"],
  product: [],
  recommend: ["product"],
  comment: [],
  order: ["inventory", "payment"],
  inventory: [],
  payment: ["bank"],
  bank: [],
};

const gateway: MakeService = (agent) => {
  const comments = agent.switch("comments", { level: "non-core" });
  const recommendations = agent.switch("recommendations", { level: "non-core" });
  const productPage = agent.switch("product-page", { level: "secondary" });
  const banner = agent.config("banner", z.object({ text: z.string().max(120) }), { default: { text: "" } });
  const page = async (exchange: Exchange, notice?: string, takenBy?: string): Promise<Answer> => {
    const { shopper } = exchange;
    const context = { userId: shopper.userId, tier: shopper.tier };
    const from = (service: string, path: string): Promise<unknown> =>
      callService(agent, service, path, { shopper });
    const [goods, advice, remarks, stock] = await Promise.all([
      part(() => from("product", "/products") as Promise<Product[]>),
      recommendations.isDegraded(context)
        ? degraded<string[]>(recommendations.get(context).payload)
        : part(() => from("recommend", "/recommendations") as Promise<string[]>),
      comments.isDegraded(context)
        ? degraded<{ product: string; text: string }[]>(comments.get(context).payload)
        : part(() => from("comment", "/comments") as Promise<{ product: string; text: string }[]>),
      part(() => callService(agent, "order", "/stock", { shopper, timeoutMs: 300 }) as Promise<StockView>),
    ]);
    return {
      html: renderStorefront({
        shopper,
        banner: banner.get(context).text,
        instance: agent.instance,
        goods,
        simplified: productPage.isDegraded(context),
        recommendations: advice,
        comments: remarks,
        stock: stock.state === "normal" ? stock.value.left : {},
        notice,
        takenBy,
      }),
    };
  };
  const byUser = (lever: string, handle: typeof comments): CohortSource => ({
    lever,
    kind: "switch",
    answerFor: (userId) => handle.isDegraded({ userId, tier: tierOf(userId) }),
  });
  const cohorts: readonly CohortSource[] = [
    byUser("*/switch/comments", comments),
    byUser("*/switch/recommendations", recommendations),
    byUser("gateway/switch/product-page", productPage),
    {
      lever: "gateway/config/banner",
      kind: "config",
      answerFor: (userId) => banner.get({ userId, tier: tierOf(userId) }).text,
    },
  ];
  return async (exchange) => {
    if (exchange.url.pathname === "/") return page(exchange);
    if (exchange.url.pathname === "/cohorts") return { json: cohortsOf(cohorts) };
    if (exchange.url.pathname !== "/buy" || exchange.method !== "POST") return notFound;
    const body = { product: exchange.url.searchParams.get("product") ?? "lamp" };
    const order = await part(
      () =>
        callService(agent, "order", "/orders", {
          shopper: exchange.shopper,
          method: "POST",
          body,
          // Above what order gives its own callees.
          timeoutMs: 4_000,
        }) as Promise<{ message: string; takenBy: string }>,
    );
    if (exchange.wantsJson)
      return order.state === "normal" ? { json: order.value } : { status: 503, json: order };
    return order.state === "normal"
      ? page(exchange, order.value.message, order.value.takenBy)
      : page(exchange, "Orders can't be taken just now.");
  };
};

const degraded = <T>(value: unknown): Part<T> => ({ state: "degraded", value });

async function part<T>(work: () => Promise<T>): Promise<Part<T>> {
  try {
    return { state: "normal", value: await work() };
  } catch (error) {
    return { state: "failed", why: String(error) };
  }
}

const product: MakeService = () => (exchange) =>
  exchange.url.pathname === "/products" ? { json: GOODS } : notFound;

const recommend: MakeService = (agent) => {
  const lever = agent.switch("recommendations", { level: "non-core" });
  return async ({ shopper }) => {
    if (lever.isDegraded({ userId: shopper.userId, tier: shopper.tier })) return { json: ["Signal lamp"] };
    const goods = (await callService(agent, "product", "/products", { shopper })) as Product[];
    const start = Number(shopper.userId.replace(/\D/g, "") || "0") % goods.length;
    return { json: [0, 1, 2].map((step) => goods[(start + step) % goods.length]?.name ?? "") };
  };
};

const comment: MakeService = (agent) => {
  const lever = agent.switch("comments", { level: "non-core" });
  return ({ shopper }) =>
    lever.isDegraded({ userId: shopper.userId, tier: shopper.tier })
      ? { json: [] }
      : { json: REMARKS.map((text, index) => ({ product: GOODS[index]?.name ?? "", text })) };
};

const wanted = z.object({ product: z.string().max(40).default("lamp") });

const order: MakeService = (agent, { tokenKey }) => {
  const checkout = agent.switch("checkout", { level: "core" });
  const stock = new StockClient(agent, tokenKey);
  return async (exchange) => {
    const { shopper } = exchange;
    if (exchange.url.pathname === "/stock") return { json: stock.view };
    const context = { userId: shopper.userId, tier: shopper.tier };
    if (checkout.isDegraded(context)) {
      const { payload } = checkout.get(context);
      const message = typeof payload === "string" ? payload : "Orders are closed for a moment.";
      return { json: { message, takenBy: agent.instance } };
    }
    const body = wanted.parse(await exchange.body());
    await stock.reserve(body.product);
    const payment = (await callService(agent, "payment", "/payments", {
      shopper,
      method: "POST",
      body,
      timeoutMs: 2_500,
    })) as {
      paid: boolean;
    };
    return {
      json: {
        message: payment.paid
          ? "Ordered and paid. Thank you."
          : "Ordered. The bank is slow: we will charge you later.",
        takenBy: agent.instance,
      },
    };
  };
};

/** It speaks gRPC alone (`inventory-server.ts`). */
const inventory: MakeService = () => () => notFound;

export const SERVICES: Readonly<Record<ServiceName, MakeService>> = {
  gateway,
  product,
  recommend,
  comment,
  order,
  inventory,
  payment,
  bank,
};
