"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useState } from "react";
import type { SessionView } from "../api/contract.ts";
import { keys } from "../api/live.ts";
import { Button } from "../kit/button.tsx";
import { RelativeTime } from "../kit/relative-time.tsx";
import { Sheet } from "../kit/sheet.tsx";
import { adminApi, adminKeys, type PersonRow, type Scope } from "./api.ts";
import { FailureNote } from "./failure-note.tsx";
import { Guarded } from "./guarded.tsx";
import { isScope, ScopeFields } from "./scope-fields.tsx";
import { useScopeWords } from "./scope-words.tsx";
import { ShownOnce } from "./shown-once.tsx";

interface PersonSheetProps {
  readonly person: PersonRow;
  readonly session: SessionView;
  readonly onClose: () => void;
}

/** One person: what they may do, and whether they may come in. */
export function PersonSheet({ person, session, onClose }: PersonSheetProps) {
  const t = useTranslations("admin.person");
  return (
    <Sheet
      title={person.name}
      description={
        <span className="flex flex-wrap gap-x-3 pt-1">
          <span className="font-mono">{person.id}</span>
          {person.email !== "" && <span>{person.email}</span>}
          {person.createdAt !== "" && (
            <span>
              {t("since")} <RelativeTime at={person.createdAt} />
            </span>
          )}
          {person.disabled && <span className="font-semibold text-failed">{t("disabled")}</span>}
        </span>
      }
      onClose={onClose}
    >
      <div className="flex flex-col gap-8">
        <Grants person={person} />
        <NewGrant person={person} />
        <ComingIn person={person} session={session} />
      </div>
    </Sheet>
  );
}

/** People as they stand now, and with them oneself: it may have been one's own right. */
function useChanged() {
  const cache = useQueryClient();
  return () => {
    void cache.invalidateQueries({ queryKey: keys.session });
    return cache.invalidateQueries({ queryKey: adminKeys.people });
  };
}

function Grants({ person }: { person: PersonRow }) {
  const t = useTranslations("admin.person");
  const words = useScopeWords();
  const changed = useChanged();
  const [sure, setSure] = useState<string>();
  const take = useMutation({ mutationFn: adminApi.take, onSettled: changed });
  return (
    <section aria-label={t("grants")} className="flex flex-col gap-2">
      <h3 className="font-semibold text-14">{t("grants")}</h3>
      {person.grants.length === 0 && <p className="text-ink-2">{t("noGrants")}</p>}
      <ul className="flex flex-col">
        {person.grants.map((grant) => (
          <li
            key={grant.id}
            data-grant={grant.id}
            className="flex flex-wrap items-center gap-x-3 gap-y-1 border-line border-t py-2"
          >
            <span className="min-w-0 flex-1 basis-60">{words.sentence(grant)}</span>
            <Button
              tone="quiet"
              disabled={take.isPending}
              onClick={() => (sure === grant.id ? take.mutate(grant.id) : setSure(grant.id))}
            >
              {sure === grant.id ? t("takeSure") : t("take")}
            </Button>
          </li>
        ))}
      </ul>
      <FailureNote title={t("notTaken")} error={take.error} />
    </section>
  );
}

const FIRST: Scope = { role: "operator", env: "*", services: "*" };

function NewGrant({ person }: { person: PersonRow }) {
  const t = useTranslations("admin.person");
  const changed = useChanged();
  const [scope, setScope] = useState<Scope>(FIRST);
  const give = useMutation({
    mutationFn: () => adminApi.give(person.id, scope),
    onSuccess: changed,
  });
  const held = person.grants.some(
    ({ role, env, services }) => role === scope.role && env === scope.env && services === scope.services,
  );
  return (
    <section aria-label={t("give")} className="flex flex-col gap-3">
      <h3 className="font-semibold text-14">{t("give")}</h3>
      <ScopeFields
        scope={scope}
        onChange={(next) => {
          give.reset();
          setScope(next);
        }}
      />
      <FailureNote title={t("notGiven")} error={give.error} />
      <Guarded
        className="self-start"
        whyNot={held ? t("held") : undefined}
        disabled={give.isPending || !isScope(scope)}
        onClick={() => give.mutate()}
      >
        {t("giveButton")}
      </Guarded>
    </section>
  );
}

function ComingIn({ person, session }: { person: PersonRow; session: SessionView }) {
  const t = useTranslations("admin.person");
  const changed = useChanged();
  const invite = useMutation({ mutationFn: () => adminApi.invite(person.id) });
  const state = useMutation({
    mutationFn: (what: "disable" | "enable" | "endSessions") => adminApi[what](person.id),
    onSettled: changed,
  });
  const own = session.author?.kind === "person" && session.author.id === person.id;
  return (
    <section aria-label={t("comingIn")} className="flex flex-col items-start gap-3">
      <h3 className="font-semibold text-14">{t("comingIn")}</h3>
      <Guarded
        whyNot={person.email === "" ? t("noEmail") : person.disabled ? t("enableFirst") : undefined}
        disabled={invite.isPending}
        onClick={() => invite.mutate()}
      >
        {t("invite")}
      </Guarded>
      {invite.data && (
        <ShownOnce title={t("link", { name: person.name })} detail={t("linkDetail")} text={invite.data.url} />
      )}
      <FailureNote title={t("notInvited")} error={invite.error} />
      <Button disabled={state.isPending || person.disabled} onClick={() => state.mutate("endSessions")}>
        {t("endSessions")}
      </Button>
      {state.isSuccess && state.variables === "endSessions" && (
        <p role="status" className="text-12 text-ink-2">
          {t("sessionsEnded")}
        </p>
      )}
      {person.disabled ? (
        <Button disabled={state.isPending} onClick={() => state.mutate("enable")}>
          {t("enable")}
        </Button>
      ) : (
        <Guarded
          whyNot={own ? t("notYourself") : undefined}
          disabled={state.isPending}
          onClick={() => state.mutate("disable")}
        >
          {t("disable")}
        </Guarded>
      )}
      <p className="text-12 text-ink-3">{t("disableHint")}</p>
      <FailureNote title={t("notChanged")} error={state.error} />
    </section>
  );
}
