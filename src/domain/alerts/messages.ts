import { type AlertState, phaseOf } from "./alert-state.ts";
import { formatValue } from "./evaluate.ts";
import type { Notification } from "./notify.ts";

/** A message for people: first what fires, then what ended; bounded to 20 alerts, the rest counted. */
export interface PeopleMessage {
  readonly title: string;
  readonly lines: readonly MessageLine[];
  /** Alerts that the lines leave out. */
  readonly more: number;
  /** The page of the alerts. */
  readonly url: string;
}

export interface MessageLine {
  readonly state: "firing" | "resolved";
  readonly severity: string;
  readonly summary: string;
  readonly since: string;
  readonly value: string;
  readonly runbook: string;
}

const MOST_LINES = 20;

export function peopleMessage(notification: Notification, url: string): PeopleMessage {
  const { firing, resolved } = notification;
  const all = [...firing, ...resolved];
  const names = [...new Set(all.map(({ rule }) => rule))];
  const where = [...new Set(all.map(({ labels }) => labels["env"] ?? ""))].join(", ");
  const counts = [
    firing.length > 0 ? `${firing.length} firing` : undefined,
    resolved.length > 0 ? `${resolved.length} resolved` : undefined,
  ].filter((part) => part !== undefined);
  return {
    title: `[${where.toUpperCase()}] ${names.slice(0, 3).join(", ")}${names.length > 3 ? " …" : ""}: ${counts.join(", ")}`,
    lines: all.slice(0, MOST_LINES).map(
      (state): MessageLine => ({
        state: phaseOf(state) === "resolved" ? "resolved" : "firing",
        severity: state.severity,
        summary: state.summary,
        since: state.startsAt ?? state.since,
        value: formatValue(state.value),
        runbook: state.runbook,
      }),
    ),
    more: Math.max(0, all.length - MOST_LINES),
    url,
  };
}

/** Plain text, for mail and for those who read no markup. */
export function plainText({ lines, more, url }: PeopleMessage): string {
  const rows = lines.flatMap((line) => [
    `${line.state === "firing" ? "FIRING" : "resolved"}  ${line.severity}  ${line.summary}`,
    `  since ${line.since}, value ${line.value}${line.runbook === "" ? "" : `, runbook ${line.runbook}`}`,
  ]);
  return [...rows, ...(more > 0 ? [`and ${more} more`] : []), "", url].join("\n");
}

/** The part of Markdown that DingTalk and WeCom know. */
export function markdown({ title, lines, more, url }: PeopleMessage): string {
  const rows = lines.map(
    (line) =>
      `- **${line.state === "firing" ? "FIRING" : "resolved"}** ${line.severity}: ${escapeMarkdown(line.summary)} (since ${line.since}, value ${line.value})${line.runbook === "" ? "" : ` [runbook](${line.runbook})`}`,
  );
  return [
    `### ${escapeMarkdown(title)}`,
    ...rows,
    ...(more > 0 ? [`and ${more} more`] : []),
    `[Open](${url})`,
  ].join("\n");
}

/** Labels come from outside: none of them may make a link, or call everybody. */
const escapeMarkdown = (text: string): string => text.replaceAll(/[\\`*_[\]()<>#@]/g, (mark) => `\\${mark}`);

/** Slack's own escapes: `<!channel>` in a label calls nobody. */
const escapeSlack = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/** The body of Slack's incoming webhook. */
export const slackBody = ({ title, lines, more, url }: PeopleMessage): unknown => ({
  text: `${escapeSlack(title)}${more > 0 ? ` (and ${more} more)` : ""}`,
  attachments: lines.map((line) => ({
    color: line.state === "resolved" ? "#808080" : line.severity === "critical" ? "#c62828" : "#c77700",
    title: escapeSlack(line.summary),
    title_link: url,
    text: `${line.state} · ${line.severity} · value ${line.value}${line.runbook === "" ? "" : ` · <${line.runbook}|runbook>`}`,
    ts: Math.floor(Date.parse(line.since) / 1_000),
  })),
});

export const dingtalkBody = (message: PeopleMessage): unknown => ({
  msgtype: "markdown",
  markdown: { title: message.title, text: markdown(message) },
});

const WECOM_BYTES = 4_096;

/** WeCom takes 4,096 bytes of it. */
export const wecomBody = (message: PeopleMessage): unknown => ({
  msgtype: "markdown",
  markdown: { content: cut(markdown(message), WECOM_BYTES) },
});

export const feishuBody = (message: PeopleMessage): Record<string, unknown> => ({
  msg_type: "interactive",
  card: {
    header: {
      title: { tag: "plain_text", content: message.title },
      template: message.lines.some(({ state }) => state === "firing") ? "red" : "grey",
    },
    elements: [{ tag: "markdown", content: markdown({ ...message, title: "" }).replace(/^### \n/, "") }],
  },
});

/** No character is cut in two. */
function cut(text: string, bytes: number): string {
  const whole = new TextEncoder().encode(text);
  if (whole.length <= bytes) return text;
  let end = bytes - 3;
  while (end > 0 && ((whole[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return `${new TextDecoder().decode(whole.subarray(0, end))}…`;
}

/** Alertmanager's message, version 4: what takes Alertmanager's webhooks takes ours. */
export function alertmanagerBody(notification: Notification, url: string): unknown {
  const all = [...notification.firing, ...notification.resolved];
  return {
    version: "4",
    groupKey: notification.group,
    truncatedAlerts: 0,
    status: notification.firing.length > 0 ? "firing" : "resolved",
    receiver: notification.receiver,
    groupLabels: notification.groupLabels,
    commonLabels: common(all.map(({ labels }) => labels)),
    commonAnnotations: common(all.map(annotationsOf)),
    externalURL: url,
    alerts: all.map((state) => ({
      status: phaseOf(state) === "resolved" ? "resolved" : "firing",
      labels: state.labels,
      annotations: annotationsOf(state),
      startsAt: state.startsAt ?? state.since,
      endsAt: state.endsAt ?? "0001-01-01T00:00:00Z",
      generatorURL: url,
      fingerprint: state.fingerprint,
    })),
  };
}

export const annotationsOf = ({ summary, description, runbook }: AlertState): Record<string, string> => ({
  summary,
  ...(description === "" ? {} : { description }),
  ...(runbook === "" ? {} : { runbook_url: runbook }),
});

function common(all: readonly Readonly<Record<string, string>>[]): Record<string, string> {
  const [first, ...rest] = all;
  return Object.fromEntries(
    Object.entries(first ?? {}).filter(([name, value]) => rest.every((one) => one[name] === value)),
  );
}
