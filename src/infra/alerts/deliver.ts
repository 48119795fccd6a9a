import { createHmac } from "node:crypto";
import { createTransport } from "nodemailer";
import {
  alertmanagerBody,
  dingtalkBody,
  feishuBody,
  type Notification,
  peopleMessage,
  plainText,
  type ReceiverTarget,
  slackBody,
  wecomBody,
} from "../../domain/alerts/index.ts";
import type { Deliver } from "../../features/alerts/alert-ports.ts";

export interface DeliverOptions {
  /** The page of an environment's alerts, for links in messages. */
  readonly pageOf: (env: string) => string;
  readonly wallMs: () => number;
  /** Default 10 s. */
  readonly deadlineMs?: number;
}

const DEADLINE_MS = 10_000;
const MOST_ANSWER_BYTES = 16 * 1024;

type WebTarget = Exclude<ReceiverTarget, { readonly type: "smtp" }>;

/** Sends messages by HTTP or mail: no redirect is followed, and no answer read past 16 KiB. */
export const createDeliver =
  (options: DeliverOptions): Deliver =>
  async ({ sendResolved }, target, notification) => {
    const told: Notification = sendResolved ? notification : { ...notification, resolved: [] };
    if (told.firing.length === 0 && told.resolved.length === 0) return;
    const page = options.pageOf(told.groupLabels["env"] ?? envOf(told));
    const deadlineMs = options.deadlineMs ?? DEADLINE_MS;
    if (target.type === "smtp") return sendMail(target, told, page, deadlineMs);
    const { url, body, headers } = requestOf(target, told, page, options.wallMs());
    await post({
      url,
      body,
      headers,
      deadlineMs,
      coded: target.type !== "webhook" && target.type !== "slack",
    });
  };

const envOf = ({ firing, resolved }: Notification): string =>
  [...firing, ...resolved].map(({ labels }) => labels["env"] ?? "")[0] ?? "";

interface Outgoing {
  readonly url: string;
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string>>;
}

function requestOf(target: WebTarget, notification: Notification, page: string, nowMs: number): Outgoing {
  const message = peopleMessage(notification, page);
  switch (target.type) {
    case "webhook":
      return {
        url: target.url,
        body: alertmanagerBody(notification, page),
        headers: target.bearer === undefined ? {} : { authorization: `Bearer ${target.bearer}` },
      };
    case "slack":
      return { url: target.url, body: slackBody(message), headers: {} };
    case "dingtalk":
      return { url: signedDingtalk(target, nowMs), body: dingtalkBody(message), headers: {} };
    case "wecom":
      return { url: target.url, body: wecomBody(message), headers: {} };
    case "feishu":
      return {
        url: target.url,
        body: { ...feishuSignature(target.secret, nowMs), ...feishuBody(message) },
        headers: {},
      };
  }
}

/** As DingTalk asks of robots with a secret: HMAC-SHA256 of the time in ms and the secret, in the address. */
function signedDingtalk({ url, secret }: Extract<WebTarget, { type: "dingtalk" }>, nowMs: number): string {
  if (secret === undefined) return url;
  const signed = new URL(url);
  const sign = createHmac("sha256", secret).update(`${nowMs}\n${secret}`).digest("base64");
  signed.searchParams.set("timestamp", String(nowMs));
  signed.searchParams.set("sign", sign);
  return signed.toString();
}

/** As Feishu asks of robots with a secret: the time in seconds and the secret are the key, and nothing is signed. */
function feishuSignature(secret: string | undefined, nowMs: number): Record<string, string> {
  if (secret === undefined) return {};
  const timestamp = String(Math.floor(nowMs / 1_000));
  return { timestamp, sign: createHmac("sha256", `${timestamp}\n${secret}`).digest("base64") };
}

async function post(
  request: Outgoing & { readonly deadlineMs: number; readonly coded: boolean },
): Promise<void> {
  const { url, body, headers, deadlineMs, coded } = request;
  const { host } = new URL(url);
  let response: Response;
  try {
    response = await fetch(url, {
      method: "POST",
      redirect: "error",
      headers: { "content-type": "application/json", "user-agent": "leverframe", ...headers },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(deadlineMs),
    });
  } catch (error) {
    throw new Error(`${host} can't be reached: ${causeOf(error)}`, { cause: error });
  }
  const text = await start(response);
  if (!response.ok) throw new Error(`${host} answered ${response.status}: ${text.slice(0, 200)}`);
  const fault = coded ? faultOf(text) : undefined;
  if (fault !== undefined) throw new Error(`${host} refused it: ${fault.slice(0, 200)}`);
}

function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}

/** The first 16 KiB: nobody's answer may fill our memory. */
async function start(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  if (reader === undefined) return "";
  const parts: Uint8Array[] = [];
  let bytes = 0;
  try {
    while (bytes < MOST_ANSWER_BYTES) {
      const { done, value } = await reader.read();
      if (done) break;
      parts.push(value);
      bytes += value.byteLength;
    }
  } catch {
    // What was read will do: only its beginning is shown.
  }
  await reader.cancel().catch(() => undefined);
  return Buffer.concat(parts).toString("utf8");
}

/** DingTalk, WeCom and Feishu answer 200 to what they refuse, with a code in the body. */
function faultOf(text: string): string | undefined {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    return "its answer is no JSON";
  }
  if (typeof answer !== "object" || answer === null) return "its answer is no object";
  const fields = answer as Readonly<Record<string, unknown>>;
  const code = fields["errcode"] ?? fields["code"] ?? fields["StatusCode"];
  if (code === 0 || code === undefined) return undefined;
  return JSON.stringify([code, fields["errmsg"] ?? fields["msg"]]);
}

async function sendMail(
  target: Extract<ReceiverTarget, { type: "smtp" }>,
  notification: Notification,
  page: string,
  deadlineMs: number,
): Promise<void> {
  const { host, port, secure, user, password, from, to } = target;
  const transport = createTransport({
    host,
    port,
    secure,
    connectionTimeout: deadlineMs,
    greetingTimeout: deadlineMs,
    socketTimeout: deadlineMs,
    ...(user === undefined ? {} : { auth: { user, pass: password ?? "" } }),
  });
  const message = peopleMessage(notification, page);
  try {
    await transport.sendMail({ from, to, subject: message.title, text: plainText(message) });
  } catch (error) {
    throw new Error(`${host}:${port} did not take the mail: ${causeOf(error)}`, { cause: error });
  } finally {
    transport.close();
  }
}
