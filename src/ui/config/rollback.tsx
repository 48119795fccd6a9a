"use client";

import { useTranslations } from "next-intl";
import { useState } from "react";
import { ulid } from "ulid";
import type { ResourceVersion } from "../api/contract.ts";
import { useStale } from "../api/queries.ts";
import { useDraftText } from "../drafts.ts";
import { BlastRadius } from "../foresight/blast-radius.tsx";
import { Button } from "../kit/button.tsx";
import { ChangeStep, LOOKING, ReasonField, useDryRun } from "../publish/change-step.tsx";
import { isBusy, type Made, useSend } from "../publish/use-send.ts";
import { configApi } from "./api.ts";
import type { ConfigRow } from "./config-row.ts";
import { DiffBox } from "./diff-box.tsx";
import { presentText, textOf } from "./version-text.ts";

interface RollbackProps {
  readonly env: string;
  readonly live: ConfigRow | undefined;
  readonly to: ResourceVersion;
  readonly onClose: () => void;
  readonly onDone: (made: Made) => void;
}

/** Back to a former version: what it would change, asked of the control plane first; then why, and the button. */
export function Rollback({ env, live, to, onClose, onDone }: RollbackProps) {
  const t = useTranslations("config.rollback");
  const [id, setId] = useState(() => ulid());
  const [reason, setReason] = useDraftText(`${env}/rollback/${to.service}/${to.name}`);
  const { state, send } = useSend();
  const stale = useStale(env);
  const { service, name } = to;
  const terms = {
    env,
    service,
    name,
    id,
    revision: to.revision,
    baseRevision: live?.revision ?? 0,
  };
  const dryRun = useDryRun(
    [env, "rollback", service, name, to.revision, terms.baseRevision],
    (call) => configApi.rollbackDry({ ...terms, reason: LOOKING }, call),
    !isBusy(state),
  );
  const reached =
    dryRun.data && Object.values(dryRun.data.targetCount).reduce((sum, count) => sum + count, 0);
  const submit = async (overriding: string) => {
    const override = overriding.trim() === "" ? {} : { override: { reason: overriding.trim() } };
    const outcome = await send(id, () =>
      configApi.rollback({ ...terms, ...override, reason: reason.trim() }),
    );
    if (outcome.phase === "published") {
      setReason("");
      onDone({ id, revision: outcome.result.revision });
    } else if (outcome.phase !== "unanswered") setId(ulid());
  };
  const missing = stale
    ? t("readOnly")
    : dryRun.data === undefined
      ? dryRun.isError
        ? t("notPossible")
        : t("looking")
      : reason.trim() === ""
        ? t("noReason")
        : undefined;
  return (
    <section aria-label={t("title", { revision: to.revision })} className="flex flex-col gap-4">
      <h2 className="font-semibold text-14" data-testid="rollback-sentence">
        {reached === undefined
          ? t("title", { revision: to.revision })
          : t("sentence", { name, version: to.version, revision: to.revision, count: reached })}
      </h2>
      <DiffBox
        before={presentText(live)}
        after={textOf(to).text}
        format={textOf(to).format}
        beforeLabel={live ? t("now", { version: live.version, revision: live.revision }) : t("nothing")}
        afterLabel={t("then", { version: to.version, revision: to.revision })}
      />
      {live?.rollout && <p className="text-ink-2">{t("rolloutEnds")}</p>}
      <BlastRadius env={env} services={[service]} />
      <ReasonField value={reason} disabled={isBusy(state)} onChange={setReason} />
      <ChangeStep
        env={env}
        service={service}
        state={state}
        dryRun={dryRun}
        action={t("action", { revision: to.revision })}
        missing={missing}
        onSubmit={(overriding) => void submit(overriding)}
      >
        <Button onClick={onClose} disabled={isBusy(state)}>
          {t("back")}
        </Button>
      </ChangeStep>
    </section>
  );
}
