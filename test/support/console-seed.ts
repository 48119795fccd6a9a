import { ulid } from "ulid";
import type { Named } from "../browser/addresses.ts";
import type { ConsoleStage, StageEdit } from "./console-stage.ts";

/** 60 characters each, without a place where a line could be broken by a space. */
export const LONG = {
  owner:
    "交易平台稳定性保障与大促容量治理联合值班小组负责人轮值名单以及跨地域多活容灾演练指挥中心夜间应急联络电话会议主持人名册",
  description:
    "当支付渠道响应变慢或者超时比例上升时先关闭非核心的推荐与评论模块以保护下单链路并在值班群里同步影响范围与预计恢复的时间点",
  reason:
    "双十一零点峰值前预先降级非核心功能以保护下单与支付主链路，经值班经理与业务方确认后执行，恢复时间另行通知，请勿重复操作本拉杆",
  person:
    "欧阳春华夏侯秋实上官冬雪东方夏雨南宫北辰西门吹雪令狐冲虚独孤求败慕容复国诸葛亮明司马光远公孙胜利皇甫嵩高尉迟恭敬澹台明月",
} as const;
/** The longest that a service's, a lever's and an instance's rules allow. */
const SERVICE = "a-service-with-the-longest-name-that-the-rules-of-names-allow-x";
const LEVER = "a-lever-with-the-longest-name-that-the-rules-of-names-allow-xyz";
const SWITCHES = 3_000;
const SERVICES = 30;

const switchSpec = (position: "NORMAL" | "DEGRADED", level: string) => ({
  position,
  level,
  strategy: "placeholder",
});

/**
 * Fills an environment with what is hardest to show: 3,000 switches, the longest names, Chinese without a space, a
 * rollout in the middle, something scheduled, something that expires, something held; and people, tokens and freezes.
 * Gives names to open pages with.
 */
export async function seedAtItsWorst(stage: ConsoleStage, env: string): Promise<Named> {
  const meta = { owner: LONG.owner, description: LONG.description, tags: ["大促", "非核心"] };
  const levels = ["core", "secondary", "non-core"];
  const many: StageEdit[] = Array.from({ length: SWITCHES }, (_, n) => ({
    service: `service-${n % SERVICES}`,
    kind: "switch",
    name: `switch-${String(n).padStart(4, "0")}`,
    spec: switchSpec("NORMAL", levels[n % 3] ?? "core"),
    ...(n % 7 === 0 ? { meta } : {}),
  }));
  await stage.publish(env, "Set up the environment", many);
  await stage.register(env, { [SERVICE]: 3, "service-1": 70, "service-2": 3 });
  const expiry = { at: new Date(Date.now() + 50 * 60_000).toISOString() };
  await stage.publish(env, LONG.reason, [
    { service: SERVICE, kind: "switch", name: LEVER, spec: switchSpec("DEGRADED", "non-core"), meta, expiry },
    {
      service: SERVICE,
      kind: "switch",
      name: "in-part",
      spec: switchSpec("NORMAL", "non-core"),
      meta,
      rollout: {
        id: ulid(),
        salt: "salt",
        shareBp: 2_500,
        stickiness: "instance",
        candidate: switchSpec("DEGRADED", "non-core"),
      },
    },
    {
      service: SERVICE,
      kind: "config",
      name: LEVER,
      spec: { format: "json", value: JSON.stringify({ 标题: LONG.description, list: [1, 2, 3] }, null, 2) },
      meta,
    },
    {
      service: SERVICE,
      kind: "config",
      name: "secret",
      spec: { format: "text", value: "open sesame" },
      secret: true,
    },
    {
      service: SERVICE,
      kind: "breaker",
      name: LEVER,
      spec: {
        slidingWindowType: "COUNT_BASED",
        slidingWindowSize: 100,
        minimumNumberOfCalls: 20,
        failureRateThreshold: 50,
        slowCallRateThreshold: 100,
        slowCallDurationThresholdMs: 60_000,
        waitDurationInOpenStateMs: 30_000,
        permittedNumberOfCallsInHalfOpenState: 5,
        successesToClose: 3,
        maxWaitDurationInHalfOpenStateMs: 0,
        mode: "METRICS_ONLY",
      },
      meta,
    },
    { service: SERVICE, kind: "timeout", name: LEVER, spec: { timeoutMs: 1_500 }, meta },
    {
      service: "service-1",
      kind: "config",
      name: "one-line",
      spec: { format: "text", value: "x".repeat(4_000) },
    },
  ]);
  await people(stage, env);
  return {
    lever: `${SERVICE}/switch/${LEVER}`,
    rollout: `${SERVICE}/switch/in-part`,
    breaker: `${SERVICE}/breaker/${LEVER}`,
    service: SERVICE,
    instance: `${SERVICE}-1`,
    config: `${SERVICE}/config/${LEVER}`,
  };
}

async function people(stage: ConsoleStage, env: string): Promise<void> {
  const { people } = stage;
  const { id } = await people.do<{ id: string }>("people.create", {
    email: `${"long".repeat(12)}@a-company-with-a-long-name.example.com`,
    name: LONG.person,
  });
  await people.do("grants.give", {
    subject: { kind: "person", id },
    role: "operator",
    env,
    services: "service-*",
  });
  await people.do("tokens.create", {
    name: LONG.owner,
    scopes: [{ role: "operator", env, services: "*" }],
    expiresInDays: 30,
    machine: true,
  });
}
