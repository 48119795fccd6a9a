"use client";

import { useFormatter, useTranslations } from "next-intl";
import { useMemo, useState } from "react";
import { Field, TextArea } from "../kit/field.tsx";
import { isIn, moved, nextJoin, type Place, placesOf, readKeys } from "./share.ts";

const NAMED = 12;

function useNames(): (keys: readonly string[]) => string {
  const t = useTranslations("rollouts");
  return (keys) =>
    keys.length <= NAMED
      ? keys.join(", ")
      : t("andMore", { names: keys.slice(0, NAMED).join(", "), count: keys.length - NAMED });
}

interface MembersProps {
  readonly places: readonly Place[];
  readonly standingBp: number;
  readonly draftBp: number;
}

/** Exactly who is in, who joins and who leaves: before anything is published. */
export function Members({ places, standingBp, draftBp }: MembersProps) {
  const t = useTranslations("rollouts");
  const format = useFormatter();
  const names = useNames();
  const inside = places.filter((place) => isIn(place, draftBp));
  const next = nextJoin(places, draftBp);
  const { joins, leaves } = moved(places, standingBp, draftBp);
  return (
    <div className="flex flex-col gap-1" data-testid="members">
      <p>
        {t("inside", { count: inside.length, of: places.length })}
        {next !== undefined && draftBp < next && (
          <span className="text-ink-2">
            {" · "}
            {t("next", { share: format.number(next / 100, { maximumFractionDigits: 2 }) })}
          </span>
        )}
      </p>
      {joins.length > 0 && (
        <p className="text-candidate wrap-anywhere">{t("joins", { names: names(joins) })}</p>
      )}
      {leaves.length > 0 && (
        <p className="text-degraded wrap-anywhere">{t("leaves", { names: names(leaves) })}</p>
      )}
    </div>
  );
}

/** For a rollout by a context key: whoever is pasted, as agents would decide. */
export function PastedMembers({
  salt,
  contextKey,
  standingBp,
  draftBp,
}: {
  salt: string;
  contextKey: string;
  standingBp: number;
  draftBp: number;
}) {
  const t = useTranslations("rollouts");
  const [text, setText] = useState("");
  const places = useMemo(() => placesOf(salt, readKeys(text)), [salt, text]);
  return (
    <div className="flex flex-col gap-2">
      <Field label={t("paste", { key: contextKey })} hint={t("pasteHint")}>
        {(control) => (
          <TextArea {...control} rows={3} value={text} onChange={(event) => setText(event.target.value)} />
        )}
      </Field>
      {places.length > 0 && <Members places={places} standingBp={standingBp} draftBp={draftBp} />}
    </div>
  );
}
