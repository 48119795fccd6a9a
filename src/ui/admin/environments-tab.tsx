"use client";

import { environmentName } from "@leverframe/agent/protocol";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { type FormEvent, Suspense } from "react";
import type { SessionView } from "../api/contract.ts";
import { keys } from "../api/live.ts";
import { useDraftText } from "../drafts.ts";
import { useAddress } from "../frame/address.ts";
import { isProduction } from "../frame/environment.tsx";
import { Field, TextInput } from "../kit/field.tsx";
import { Empty } from "../kit/states.tsx";
import { lazyPart } from "../lazy-part.tsx";
import { adminApi } from "./api.ts";
import { FailureNote } from "./failure-note.tsx";
import { Freezes } from "./freezes.tsx";
import { Guarded } from "./guarded.tsx";

const NewFreeze = lazyPart(() => import("./new-freeze.tsx").then((module) => module.NewFreeze));

/** Environments, and the times at which nothing may change in them. */
export function EnvironmentsTab({ session }: { session: SessionView }) {
  const t = useTranslations("admin.environments");
  const { search, go } = useAddress();
  const freezing = search.get("freeze");
  return (
    <>
      <NewEnvironment session={session} />
      {session.environments.length === 0 && (
        <Empty title={t("none")} line="npx leverframe env create dev">
          {t("noneDetail")}
        </Empty>
      )}
      {session.environments.map(({ name }) => (
        <section
          key={name}
          aria-label={name}
          data-environment={name}
          className="border-line border-t px-4 py-4"
        >
          <h2 className="flex flex-wrap items-baseline gap-3">
            <span className="font-semibold text-14">{name}</span>
            <span className="text-12 text-ink-3">{isProduction(name) ? t("production") : t("other")}</span>
          </h2>
          <Freezes env={name} session={session} onNew={() => go({ freeze: name })} />
        </section>
      ))}
      {freezing !== null && session.environments.some(({ name }) => name === freezing) && (
        <Suspense>
          <NewFreeze env={freezing} onClose={() => go({ freeze: null })} />
        </Suspense>
      )}
    </>
  );
}

function NewEnvironment({ session }: { session: SessionView }) {
  const t = useTranslations("admin.environments");
  const cache = useQueryClient();
  const [name, setName] = useDraftText("new-environment");
  const named = environmentName.safeParse(name).success;
  const create = useMutation({
    mutationFn: () => adminApi.createEnvironment(name),
    onSuccess: () => {
      setName("");
      return cache.invalidateQueries({ queryKey: keys.session });
    },
  });
  const taken = session.environments.some((one) => one.name === name);
  const wrong = name === "" ? undefined : !named ? t("nameRule") : taken ? t("taken", { name }) : undefined;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (named && !taken && !create.isPending) create.mutate();
  };
  return (
    <form onSubmit={submit} className="flex max-w-xl flex-col gap-3 px-4 py-4">
      <Field label={t("name")} hint={t("nameHint")} error={wrong}>
        {(control) => (
          <TextInput
            {...control}
            spellCheck={false}
            className="font-mono"
            maxLength={31}
            disabled={!session.controlAdmin}
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
        )}
      </Field>
      <FailureNote title={t("failed")} error={create.error} />
      <Guarded
        type="submit"
        tone="primary"
        whyNot={session.controlAdmin ? undefined : t("needsControl")}
        disabled={!named || taken || create.isPending}
      >
        {create.isPending ? t("creating") : t("create")}
      </Guarded>
    </form>
  );
}
