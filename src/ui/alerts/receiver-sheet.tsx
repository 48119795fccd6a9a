"use client";

import { useTranslations } from "next-intl";
import { type FormEvent, useId, useState } from "react";
import { FailureNote } from "../admin/failure-note.tsx";
import { Guarded } from "../admin/guarded.tsx";
import { Field, SelectInput, TextInput } from "../kit/field.tsx";
import { Sheet } from "../kit/sheet.tsx";
import { useMayIn } from "../session/rights.ts";
import { alertsApi, type ReceiverRow, type ReceiverTarget } from "./api.ts";
import { useSettingsChange } from "./use-alerts.ts";

const TYPES = ["webhook", "slack", "dingtalk", "wecom", "feishu", "smtp"] as const;
type Type = (typeof TYPES)[number];

/** Not kept as a draft: what is typed here lets somebody in. */
const EMPTY = {
  name: "",
  url: "",
  secret: "",
  host: "",
  port: "587",
  user: "",
  password: "",
  from: "",
  to: "",
};
type Typed = typeof EMPTY;
const MAY_SIGN: ReadonlySet<Type> = new Set(["webhook", "dingtalk", "feishu"]);

interface ReceiverSheetProps {
  readonly env: string;
  readonly before: ReceiverRow | undefined;
  /** A route leads to it: it can't be deleted. */
  readonly used: boolean;
  readonly onClose: () => void;
}

/** Where messages go. What is kept of it is sealed: it is replaced here, and never shown. */
export function ReceiverSheet({ env, before, used, onClose }: ReceiverSheetProps) {
  const t = useTranslations("alerts.receiverSheet");
  const formId = useId();
  const may = useMayIn("admin", env, ["*"]);
  const [typed, setTyped] = useState<Typed>({ ...EMPTY, name: before?.name ?? "" });
  const [type, setType] = useState<Type>(before?.type ?? "webhook");
  const [sendResolved, setSendResolved] = useState(before?.sendResolved ?? true);
  const [sure, setSure] = useState(false);
  const target = targetOf(type, typed);
  const put = useSettingsChange(
    env,
    () =>
      alertsApi.putReceiver({
        env,
        name: typed.name,
        sendResolved,
        ...(target === undefined ? {} : { target }),
      }),
    onClose,
  );
  const remove = useSettingsChange(env, () => alertsApi.deleteReceiver(env, typed.name), onClose);
  const whole =
    /^[a-z0-9][a-z0-9-]{0,62}$/.test(typed.name) && (target !== undefined || before !== undefined);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (whole && may && !put.isPending) put.mutate(undefined);
  };
  const text = (name: keyof Typed, hidden = false) => (
    <Field label={t(name)} hint={hintOf(t, name)}>
      {(control) => (
        <TextInput
          {...control}
          type={hidden ? "password" : "text"}
          autoComplete={hidden ? "new-password" : "off"}
          spellCheck={false}
          className="font-mono"
          disabled={name === "name" && before !== undefined}
          value={typed[name]}
          onChange={({ target: { value } }) => setTyped((standing) => ({ ...standing, [name]: value }))}
        />
      )}
    </Field>
  );
  return (
    <Sheet
      title={before === undefined ? t("newTitle") : before.name}
      description={before === undefined ? t("description") : t("kept", { hint: before.hint })}
      onClose={onClose}
      footer={
        <div className="flex flex-col gap-2">
          <FailureNote title={t("failed")} error={put.error ?? remove.error} />
          <div className="flex flex-wrap gap-2">
            <Guarded
              type="submit"
              form={formId}
              tone="primary"
              whyNot={may ? undefined : t("needsAdmin")}
              disabled={!whole || put.isPending}
            >
              {t("save")}
            </Guarded>
            {before !== undefined && may && (
              <Guarded
                whyNot={used ? t("used") : undefined}
                disabled={remove.isPending}
                onClick={() => (sure ? remove.mutate(undefined) : setSure(true))}
              >
                {sure ? t("sure") : t("delete")}
              </Guarded>
            )}
          </div>
        </div>
      }
    >
      <form id={formId} onSubmit={submit} className="flex flex-col gap-4">
        {text("name")}
        <Field label={t("type")}>
          {(control) => (
            <SelectInput
              {...control}
              value={type}
              onChange={(event) => setType(TYPES.find((one) => one === event.target.value) ?? "webhook")}
            >
              {TYPES.map((one) => (
                <option key={one} value={one}>
                  {t(`types.${one}`)}
                </option>
              ))}
            </SelectInput>
          )}
        </Field>
        {type === "smtp" ? (
          <>
            <div className="grid grid-cols-2 gap-3 max-md:grid-cols-1">
              {text("host")}
              {text("port")}
              {text("user")}
              {text("password", true)}
            </div>
            {text("from")}
            {text("to")}
          </>
        ) : (
          <>
            {text("url")}
            {MAY_SIGN.has(type) && text("secret", true)}
          </>
        )}
        <label className="flex min-h-6 items-center gap-2 max-md:min-h-11">
          <input
            type="checkbox"
            checked={sendResolved}
            onChange={(event) => setSendResolved(event.target.checked)}
          />
          {t("sendResolved")}
        </label>
      </form>
    </Sheet>
  );
}

const HINTED = ["name", "secret", "to"] as const;

function hintOf(t: ReturnType<typeof useTranslations<"alerts.receiverSheet">>, name: keyof Typed) {
  const hinted = HINTED.find((one) => one === name);
  return hinted === undefined ? undefined : t(`${hinted}Hint`);
}

/** What is typed, as a target; undefined while it is not whole: then the one that is kept stays. */
function targetOf(type: Type, typed: Typed): ReceiverTarget | undefined {
  const secret = typed.secret === "" ? {} : { secret: typed.secret };
  if (type === "smtp") {
    const to = typed.to.split(/[\s,;]+/).filter(Boolean);
    const port = Number(typed.port);
    if (typed.host === "" || typed.from === "" || to.length === 0 || !Number.isInteger(port))
      return undefined;
    return {
      type,
      host: typed.host.trim(),
      port,
      secure: port === 465,
      from: typed.from.trim(),
      to,
      ...(typed.user === "" ? {} : { user: typed.user }),
      ...(typed.password === "" ? {} : { password: typed.password }),
    };
  }
  const url = typed.url.trim();
  if (url === "") return undefined;
  if (type === "webhook") return { type, url, ...(typed.secret === "" ? {} : { bearer: typed.secret }) };
  return type === "dingtalk" || type === "feishu" ? { type, url, ...secret } : { type, url };
}
