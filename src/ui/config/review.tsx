"use client";

import { useTranslations } from "next-intl";
import { useState } from "react";
import { ulid } from "ulid";
import type { LeverDetail } from "../api/contract.ts";
import { BlastRadius } from "../foresight/blast-radius.tsx";
import { useAddress } from "../frame/address.ts";
import { Button } from "../kit/button.tsx";
import { useNowMs } from "../kit/clock.ts";
import { Field, TextInput } from "../kit/field.tsx";
import { ChangeStep, LOOKING, ReasonField, useDryRun } from "../publish/change-step.tsx";
import { AddToTray } from "../tray/add-to-tray.tsx";
import { configApi } from "./api.ts";
import type { ConfigRow } from "./config-row.ts";
import { DiffBox } from "./diff-box.tsx";
import { untilOf } from "./draft.ts";
import { trayEditOf } from "./tray-edit.ts";
import type { ConfigEdit } from "./use-config-edit.ts";

interface ReviewProps {
  readonly env: string;
  readonly row: ConfigRow;
  readonly detail: LeverDetail | undefined;
  readonly edit: ConfigEdit;
}

/** The diff first; then why, until when, what stands against it, and the button. */
export function Review({ env, row, detail, edit }: ReviewProps) {
  const t = useTranslations("config.review");
  const { go } = useAddress();
  const [id] = useState(() => ulid());
  const dryRun = useDryRun(
    [env, id, edit.base.revision],
    (call) => configApi.dryRun({ ...edit.changeSet(id), reason: LOOKING }, call),
    !edit.busy,
  );
  const nowMs = useNowMs();
  const until = untilOf(edit.draft.until);
  const past = until !== undefined && Date.parse(until) <= nowMs;
  const missing = edit.readOnly
    ? t("readOnly")
    : past
      ? t("untilPast")
      : edit.draft.reason.trim() === ""
        ? t("noReason")
        : undefined;
  const reached = detail?.reaches.length;
  return (
    <section aria-label={t("title")} className="flex flex-col gap-4">
      <p className="font-semibold text-14" data-testid="review-sentence">
        {reached === undefined
          ? t("sentenceOnly", { name: row.name })
          : t("sentence", { name: row.name, count: reached })}
        {edit.format !== edit.base.format &&
          ` ${t("newFormat", { before: edit.base.format, after: edit.format })}`}
      </p>
      {row.secret ? (
        <p className="text-ink-2">{t("secret")}</p>
      ) : (
        <DiffBox
          before={edit.base.value}
          after={edit.text}
          format={edit.format}
          beforeLabel={t("now", { version: row.version, revision: row.revision })}
          afterLabel={t("yours")}
        />
      )}
      <BlastRadius env={env} services={[row.service]} />
      <ReasonField
        value={edit.draft.reason}
        disabled={edit.busy}
        onChange={(reason) => edit.say({ reason })}
      />
      <div className="max-w-72">
        <Field label={t("until")} hint={t("untilHint")} error={past ? t("untilPast") : undefined}>
          {(control) => (
            <TextInput
              {...control}
              type="datetime-local"
              value={edit.draft.until}
              readOnly={edit.busy}
              onChange={(event) => edit.say({ until: event.target.value })}
            />
          )}
        </Field>
      </div>
      <ChangeStep
        env={env}
        service={row.service}
        state={edit.state}
        dryRun={dryRun}
        action={t("publish", { name: row.name })}
        missing={missing}
        sentBefore={edit.sentBefore}
        onSubmit={(overriding) => void edit.submit(overriding)}
      >
        <AddToTray
          env={env}
          edit={edit.readOnly || past || edit.busy ? undefined : trayEditOf(env, row, detail, edit)}
          why={edit.readOnly ? t("readOnly") : past ? t("untilPast") : undefined}
          reason={edit.draft.reason}
          onAdded={() => {
            edit.discard();
            edit.say({ reason: "", until: "" });
            go({ step: null }, "replace");
          }}
        />
        <Button onClick={() => go({ step: null })} disabled={edit.busy}>
          {t("back")}
        </Button>
      </ChangeStep>
    </section>
  );
}
