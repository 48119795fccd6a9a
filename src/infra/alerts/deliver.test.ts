import { createHmac } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { MailSink, WebhookSink } from "../../../test/support/message-sink.ts";
import type { AlertState, Notification, ReceiverTarget } from "../../domain/alerts/index.ts";
import { createDeliver } from "./deliver.ts";

const NOW = Date.parse("2026-11-11T00:00:00Z");
const deliver = createDeliver({
  pageOf: (env) => `https://levers.example.com/alerts?env=${env}`,
  wallMs: () => NOW,
  deadlineMs: 2_000,
});
const labels = { alertname: "BreakerOpen", service: "pay<!channel>", env: "prod", severity: "critical" };
const firing: AlertState = {
  fingerprint: "00112233445566aa",
  rule: "BreakerOpen",
  severity: "critical",
  labels,
  summary: "pay<!channel>: the breaker [bank](http://evil) is open",
  description: "Look at the bank.",
  runbook: "https://runbooks.example.com/bank",
  since: "2026-11-10T23:59:00.000Z",
  startsAt: "2026-11-10T23:59:30.000Z",
  heldAt: "2026-11-11T00:00:00.000Z",
  value: 1,
};
const { startsAt = "" } = firing;
const ended: AlertState = { ...firing, fingerprint: "ff", endsAt: "2026-11-11T00:00:00.000Z" };
const message: Notification = {
  group: "g",
  receiver: "r",
  groupLabels: { alertname: "BreakerOpen" },
  firing: [firing],
  resolved: [ended],
};
let sink: WebhookSink;
beforeEach(async () => {
  sink = await WebhookSink.start();
});
afterEach(() => sink[Symbol.asyncDispose]());

const send = (target: ReceiverTarget, sendResolved = true, what = message): Promise<void> =>
  deliver({ name: "r", sendResolved }, target, what);
const body = (): Record<string, unknown> => sink.taken.at(-1)?.body as Record<string, unknown>;

describe("a message arrives", () => {
  test("as Alertmanager's, with a token, at a webhook", async () => {
    await send({ type: "webhook", url: `${sink.url}/hook`, bearer: "s3cret" });
    expect(sink.taken[0]?.headers.authorization).toBe("Bearer s3cret");
    expect(body()).toMatchObject({
      version: "4",
      status: "firing",
      commonLabels: labels,
      alerts: [
        { status: "firing", startsAt, labels, fingerprint: "00112233445566aa" },
        { status: "resolved", endsAt: "2026-11-11T00:00:00.000Z" },
      ],
    });
  });

  test("without its end, where the receiver does not want it", async () => {
    await send({ type: "webhook", url: sink.url }, false);
    expect(body()["alerts"]).toHaveLength(1);
    await send({ type: "webhook", url: sink.url }, false, { ...message, firing: [] });
    expect(sink.taken).toHaveLength(1);
  });

  test("at Slack, where a label can't call everybody", async () => {
    await send({ type: "slack", url: sink.url });
    expect(JSON.stringify(body())).not.toContain("<!channel>");
    expect(body()["text"]).toBe("[PROD] BreakerOpen: 1 firing, 1 resolved");
  });

  test("signed, at DingTalk", async () => {
    sink.answer = { status: 200, body: '{"errcode":0,"errmsg":"ok"}' };
    await send({ type: "dingtalk", url: `${sink.url}/robot/send?access_token=x`, secret: "SEC1" });
    const query = new URL(sink.taken[0]?.url ?? "", sink.url).searchParams;
    expect(query.get("access_token")).toBe("x");
    expect(query.get("timestamp")).toBe(String(NOW));
    expect(query.get("sign")).toBe(createHmac("sha256", "SEC1").update(`${NOW}\nSEC1`).digest("base64"));
    expect(body()).toMatchObject({ msgtype: "markdown" });
    expect(JSON.stringify(body())).toContain(String.raw`\\[bank\\]\\(http://evil\\)`);
  });

  test("within 4,096 bytes, at WeCom", async () => {
    sink.answer = { status: 200, body: '{"errcode":0}' };
    const many = Array.from({ length: 40 }, () => ({ ...firing, summary: "慢".repeat(100) }));
    await send({ type: "wecom", url: sink.url }, true, { ...message, firing: many });
    const { content } = body()["markdown"] as { content: string };
    expect(Buffer.byteLength(content)).toBeLessThanOrEqual(4_096);
    expect(content).not.toContain("�");
  });

  test("signed, at Feishu", async () => {
    sink.answer = { status: 200, body: '{"code":0}' };
    await send({ type: "feishu", url: sink.url, secret: "SEC2" });
    const timestamp = String(NOW / 1_000);
    expect(body()).toMatchObject({
      timestamp,
      sign: createHmac("sha256", `${timestamp}\nSEC2`).digest("base64"),
      msg_type: "interactive",
    });
  });

  test("by mail, at everybody", async () => {
    await using mail = await MailSink.start();
    const from = "leverframe@example.com";
    const to = ["night@example.com", "day@example.com"];
    await send({ type: "smtp", host: "127.0.0.1", port: mail.port, secure: false, from, to });
    expect(mail.mails[0]?.to).toEqual(to);
    expect(mail.mails[0]?.text).toContain("Subject: [PROD] BreakerOpen: 1 firing, 1 resolved");
    const text = mail.mails[0]?.text.replaceAll("=\r\n", "").replaceAll("=3D", "=");
    expect(text).toContain("https://levers.example.com/alerts?env=prod");
  });
});

describe("what does not arrive is said", () => {
  test("an answer that refuses", async () => {
    sink.answer = { status: 403, body: "no such hook" };
    await expect(send({ type: "slack", url: sink.url })).rejects.toThrow(/answered 403: no such hook/);
  });

  test("a refusal in an answer of 200", async () => {
    sink.answer = { status: 200, body: '{"errcode":310000,"errmsg":"sign not match"}' };
    await expect(send({ type: "dingtalk", url: sink.url })).rejects.toThrow(/310000.*sign not match/);
  });

  test("a redirect, which is not followed", async () => {
    sink.answer = { status: 302, body: "", location: `${sink.url}/elsewhere` };
    await expect(send({ type: "webhook", url: sink.url })).rejects.toThrow(/can't be reached/);
    expect(sink.taken).toHaveLength(1);
  });

  test("nobody there", async () => {
    const { url } = sink;
    await sink[Symbol.asyncDispose]();
    await expect(send({ type: "webhook", url })).rejects.toThrow(/can't be reached: .*ECONNREFUSED/);
    sink = await WebhookSink.start();
  });
});
