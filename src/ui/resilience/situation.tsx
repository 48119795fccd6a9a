"use client";

import { useTranslations } from "next-intl";
import type { LeverRow } from "../api/contract.ts";
import { formatRef } from "../api/ref.ts";
import { PageLink } from "../frame/page-link.tsx";
import { Callout } from "../kit/callout.tsx";
import { Field, TextInput } from "../kit/field.tsx";
import type { LeverEdit, LeverTarget } from "./use-lever-edit.ts";

interface SituationProps {
  readonly env: string;
  readonly target: LeverTarget;
  /** The lever itself; undefined while there is none. */
  readonly row: LeverRow | undefined;
  /** What decides here while there is none. */
  readonly shared: LeverRow | undefined;
}

/** What has to be known before anything is changed here. */
export function Situation({ env, target, row, shared }: SituationProps) {
  const t = useTranslations("breakers");
  const { service, kind } = target;
  const share = row?.resource?.rollout?.shareBp;
  if (row?.fault !== undefined) {
    return (
      <Callout tone="failed" title={t("invalidTitle")}>
        <p>{row.fault}</p>
        <p className="mt-1">{t("invalidDetail")}</p>
      </Callout>
    );
  }
  if (share !== undefined) {
    return (
      <Callout title={t("rolloutStands")}>
        <p>{t("rolloutStandsDetail", { share: share / 100 })}</p>
        <PageLink
          href={`/rollouts?${new URLSearchParams({ env, lever: formatRef(target) })}`}
          className="inline-flex items-center text-accent underline max-md:min-h-11"
        >
          {t("openRollout")}
        </PageLink>
      </Callout>
    );
  }
  if (row !== undefined) return null;
  if (shared !== undefined) {
    return (
      <Callout title={t("sharedStands")}>
        <p>{t("sharedStandsDetail", { service })}</p>
        <PageLink
          href={`/resilience?${new URLSearchParams({ env, kind, lever: formatRef(shared) })}`}
          className="inline-flex items-center text-accent underline max-md:min-h-11"
        >
          {t("openShared")}
        </PageLink>
      </Callout>
    );
  }
  return kind === "breaker" ? (
    <Callout title={t("noLeverBreaker")}>{t("noLeverDetail")}</Callout>
  ) : (
    <Callout title={t("noLeverOther")}>{t("noLeverOtherDetail")}</Callout>
  );
}

/** What a new lever is for, and whose it is. */
export function About({ edit }: { edit: LeverEdit }) {
  const t = useTranslations("breakers");
  return (
    <div className="grid grid-cols-2 gap-4 max-sm:grid-cols-1">
      <Field label={t("description")}>
        {(control) => (
          <TextInput
            {...control}
            maxLength={500}
            readOnly={edit.busy}
            value={edit.draft.description ?? ""}
            onChange={(event) => edit.say({ description: event.target.value })}
          />
        )}
      </Field>
      <Field label={t("owner")}>
        {(control) => (
          <TextInput
            {...control}
            maxLength={100}
            readOnly={edit.busy}
            value={edit.draft.owner ?? ""}
            onChange={(event) => edit.say({ owner: event.target.value })}
          />
        )}
      </Field>
    </div>
  );
}
