import * as z from "zod";

/** Only http and https, no user or password in it. */
const url = z
  .url({ protocol: /^https?$/, error: "url must be http:// or https://" })
  .max(2_000)
  .refine((text) => URL.canParse(text) && new URL(text).username === "", {
    error: "url must hold no user and password",
  });
const secret = z.string().min(1).max(500);
const mail = z.email({ error: "must be an address such as night-shift@example.com" });

/** Where a message goes, with what lets us in there: kept sealed, and never shown again. */
export const receiverTarget = z.discriminatedUnion("type", [
  /** Gets Alertmanager's own message, version 4. */
  z.strictObject({ type: z.literal("webhook"), url, bearer: secret.optional() }),
  z.strictObject({ type: z.literal("slack"), url }),
  z.strictObject({ type: z.literal("dingtalk"), url, secret: secret.optional() }),
  z.strictObject({ type: z.literal("wecom"), url }),
  z.strictObject({ type: z.literal("feishu"), url, secret: secret.optional() }),
  z.strictObject({
    type: z.literal("smtp"),
    host: z.hostname({ error: "host must be the mail server's name" }),
    port: z.number().int().min(1).max(65_535),
    /** TLS from the first byte; else STARTTLS where the server offers it. */
    secure: z.boolean().default(false),
    user: z.string().max(200).optional(),
    password: secret.optional(),
    from: mail,
    to: z.array(mail).min(1, { error: "to must name somebody" }).max(50),
  }),
]);
export type ReceiverTarget = z.infer<typeof receiverTarget>;

export const RECEIVER_TYPES = ["webhook", "slack", "dingtalk", "wecom", "feishu", "smtp"] as const;
export type ReceiverType = (typeof RECEIVER_TYPES)[number];

export const receiverName = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, {
  error: "a receiver's name is small letters, digits and -, such as night-shift",
});

/** A receiver as it is kept: its target sealed, and a word by which people know it. */
export const receiver = z.strictObject({
  name: receiverName,
  type: z.enum(RECEIVER_TYPES),
  /** `hooks.slack.com …c9f2`, `night-shift@example.com` */
  hint: z.string().max(200),
  sealed: z.strictObject({ kid: z.string(), iv: z.string(), ct: z.string(), tag: z.string() }),
  /** Whether it is told of the end, too. */
  sendResolved: z.boolean().default(true),
});
export type Receiver = z.infer<typeof receiver>;

/** What people may see of a target. */
export function hintOf(target: ReceiverTarget): string {
  if (target.type === "smtp") return target.to.join(", ").slice(0, 200);
  const { host } = new URL(target.url);
  return target.url.length < 40 ? host : `${host} …${target.url.slice(-4)}`;
}
