"use client";

import { useTranslations } from "next-intl";
import { useMemo } from "react";
import { ulid } from "ulid";
import type { LeverDetail } from "../api/contract.ts";
import { formatRef } from "../api/ref.ts";
import { PageLink } from "../frame/page-link.tsx";
import { Field, TextInput } from "../kit/field.tsx";
import { Segmented } from "../kit/segmented.tsx";
import { Members, PastedMembers } from "../rollouts/members.tsx";
import { placesOf } from "../rollouts/share.ts";
import { ShareSlider } from "../rollouts/share-slider.tsx";
import { CONTEXT_KEY, newShare, type ShareDraft } from "./share-draft.ts";
import type { SwitchRow } from "./switch-row.ts";
import type { LeverEdit } from "./use-lever-edit.ts";

interface ShareFieldsProps {
  readonly env: string;
  readonly row: SwitchRow;
  readonly detail: LeverDetail | undefined;
  readonly edit: LeverEdit;
}

/** A pull for everybody, or for a share: that is a rollout with the pulled-down switch as its candidate. */
export function ShareFields({ env, row, detail, edit }: ShareFieldsProps) {
  const t = useTranslations("audience");
  const { plan, base, busy } = edit;
  if (row.rollout !== undefined) {
    return (
      <p className="text-ink-2">
        {t("rolling", { share: row.rollout.shareBp / 100 })}{" "}
        <RolloutLink env={env} row={row} text={t("openRollout")} />
      </p>
    );
  }
  const pulls = plan.spec.ok && plan.spec.spec.position === "DEGRADED" && base.spec.position === "NORMAL";
  if (!pulls) return <p className="text-ink-2">{t("shareWhenPulled")}</p>;
  const { share } = plan;
  return (
    <div className="flex flex-col gap-3">
      <Segmented
        label={t("howMany")}
        value={share === undefined ? "everybody" : share.by}
        disabled={busy}
        onChange={(by) =>
          edit.typeTerm({
            share: by === "everybody" ? undefined : { ...(share ?? newShare(ulid())), by },
            until: undefined,
          })
        }
        options={[
          { value: "everybody", label: t("share-none") },
          { value: "instance", label: t("share-instance") },
          { value: "context", label: t("share-context") },
        ]}
      />
      {share && <ShareOf share={share} detail={detail} edit={edit} />}
      {share && <p className="text-12 text-ink-3">{t("shareExplained")}</p>}
    </div>
  );
}

function ShareOf({
  share,
  detail,
  edit,
}: {
  share: ShareDraft;
  detail: LeverDetail | undefined;
  edit: LeverEdit;
}) {
  const t = useTranslations("rollouts");
  const reaches = detail?.reaches;
  const places = useMemo(
    () =>
      share.by === "instance"
        ? placesOf(
            share.id,
            (reaches ?? []).map(({ instance }) => instance),
          )
        : [],
    [share.by, share.id, reaches],
  );
  const set = (part: Partial<ShareDraft>) => edit.typeTerm({ share: { ...share, ...part } });
  return (
    <>
      {share.by === "context" && (
        <Field
          label={t("contextKey")}
          hint={t("contextKeyHint")}
          error={CONTEXT_KEY.test(share.contextKey) ? undefined : t("missing.key")}
        >
          {(control) => (
            <TextInput
              {...control}
              className="font-mono"
              spellCheck={false}
              maxLength={63}
              value={share.contextKey}
              onChange={(event) => set({ contextKey: event.target.value })}
            />
          )}
        </Field>
      )}
      <ShareSlider
        standingBp={0}
        draftBp={share.shareBp}
        places={places}
        disabled={edit.busy}
        onDraft={(shareBp) => set({ shareBp })}
      />
      {share.by === "instance" ? (
        <Members places={places} standingBp={0} draftBp={share.shareBp} />
      ) : (
        <PastedMembers salt={share.id} contextKey={share.contextKey} standingBp={0} draftBp={share.shareBp} />
      )}
    </>
  );
}

/** Where a share is stepped on, and taken back. */
export function RolloutLink({ env, row, text }: { env: string; row: SwitchRow; text: string }) {
  return (
    <PageLink
      href={`/rollouts?env=${env}&lever=${formatRef(row)}`}
      className="inline-flex min-h-6 items-center text-accent underline max-md:min-h-11"
    >
      {text}
    </PageLink>
  );
}
