import type { APIRequestContext } from "@playwright/test";
import { ulid } from "ulid";
import { consoleUrl, ENVIRONMENT, expect, shopUrl } from "./fixtures.ts";

export interface AnyRef {
  readonly service: string;
  readonly kind: string;
  readonly name: string;
}

export interface Standing {
  readonly revision: number;
  readonly version: number;
  readonly changeSetId: string;
  readonly reason: string;
  readonly resource: {
    readonly spec: Readonly<Record<string, unknown>>;
    readonly rollout?: { readonly shareBp: number; readonly stickiness: unknown; readonly salt: string };
    readonly meta: { readonly expiry?: { readonly at: string; readonly restore: unknown } };
  };
}

/** A lever of any kind as the control plane has it, asked past every page. */
export async function standing(request: APIRequestContext, ref: AnyRef): Promise<Standing> {
  const input = JSON.stringify({ json: { env: ENVIRONMENT, ...ref } });
  const response = await request.get(`/api/trpc/levers.get?input=${encodeURIComponent(input)}`);
  expect(response.ok(), await response.text()).toBe(true);
  const answer = (await response.json()) as { result: { data: { json: { lever: Standing } } } };
  return answer.result.data.json.lever;
}

/** Publishes a lever's body whole, without rollout and end: how a test prepares, and cleans up. */
export async function put(
  request: APIRequestContext,
  ref: AnyRef,
  spec: unknown,
  reason = "prepared by a test",
): Promise<void> {
  const { revision } = await standing(request, ref);
  const edits = [{ ...ref, op: "put", spec, baseRevision: revision }];
  const response = await request.post("/api/trpc/publish.commit", {
    headers: { origin: consoleUrl() },
    data: { json: { env: ENVIRONMENT, id: ulid(), reason, edits } },
  });
  expect(response.ok(), await response.text()).toBe(true);
}

/** How a part of the shop's own page stands for a user: `normal`, `degraded`, `failed`. */
export async function shopPart(part: "comments" | "recommendations" | "goods", user = "u7"): Promise<string> {
  const html = await (await fetch(`${shopUrl()}/?user=${user}`)).text();
  return new RegExp(`<section id="${part}" data-state="(\\w+)">`).exec(html)?.[1] ?? "not there";
}

/** The line above the shop. */
export async function shopBanner(): Promise<string> {
  const html = await (await fetch(`${shopUrl()}/?user=u7`)).text();
  return /<p class="banner">([^<]*)<\/p>/.exec(html)?.[1] ?? "not there";
}
