"use client";

import { useQuery } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { Suspense, useState } from "react";
import type { SessionView } from "../api/contract.ts";
import { useAddress } from "../frame/address.ts";
import { Callout } from "../kit/callout.tsx";
import { SearchField } from "../kit/search-field.tsx";
import { Failed, SkeletonRows } from "../kit/states.tsx";
import { lazyPart } from "../lazy-part.tsx";
import { FailureWords } from "../switches/failure-words.tsx";
import { adminApi, adminKeys, type PersonRow } from "./api.ts";
import { Guarded } from "./guarded.tsx";
import { Cell, Row, RowButton, Rows } from "./rows.tsx";
import { useScopeWords } from "./scope-words.tsx";

const NewPerson = lazyPart(() => import("./new-person.tsx").then((module) => module.NewPerson));
const PersonSheet = lazyPart(() => import("./person-sheet.tsx").then((module) => module.PersonSheet));

/** Who there is, and what each may do. */
export function PeopleTab({ session }: { session: SessionView }) {
  const t = useTranslations("admin.people");
  const { search, go } = useAddress();
  const people = useQuery({
    queryKey: adminKeys.people,
    queryFn: ({ signal }) => adminApi.people({ signal }),
    enabled: session.controlAdmin,
  });
  const [query, setQuery] = useState("");
  const named = search.get("person");
  const person = people.data?.find(({ id }) => id === named);
  const found = (people.data ?? []).filter((one) => matches(one, query));
  const whyNot = session.controlAdmin ? undefined : t("needsControl");
  return (
    <>
      <div className="flex flex-wrap items-center gap-3 px-4 py-3">
        <Guarded tone="primary" whyNot={whyNot} onClick={() => go({ new: "person" })}>
          {t("invite")}
        </Guarded>
        {session.controlAdmin && (
          <div className="ms-auto max-md:w-full">
            <SearchField
              label={t("search")}
              placeholder={t("searchPlaceholder")}
              query={query}
              onChange={setQuery}
            />
          </div>
        )}
      </div>
      {!session.controlAdmin && (
        <div className="px-4">
          <Callout title={t("closed")}>{t("closedDetail")}</Callout>
        </div>
      )}
      {session.controlAdmin && people.isPending && <SkeletonRows rows={5} label={t("loading")} />}
      {people.isError && people.data === undefined && (
        <Failed title={t("failed")} onRetry={() => void people.refetch()}>
          <FailureWords error={people.error} />
        </Failed>
      )}
      {people.data && (
        <Rows
          label={t("title")}
          columns="minmax(140px,1fr) minmax(180px,1.4fr) 88px minmax(200px,2fr)"
          heads={[t("name"), t("email"), t("state"), t("grants")]}
        >
          {found.map((one) => (
            <PersonLine key={one.id} person={one} onOpen={() => go({ person: one.id })} />
          ))}
        </Rows>
      )}
      {people.data && found.length === 0 && <p className="px-4 py-6 text-ink-2">{t("nobody")}</p>}
      <Suspense>
        {person && (
          <PersonSheet
            key={person.id}
            person={person}
            session={session}
            onClose={() => go({ person: null })}
          />
        )}
        {search.get("new") === "person" && session.controlAdmin && (
          <NewPerson onClose={() => go({ new: null })} onMade={(id) => go({ new: null, person: id })} />
        )}
      </Suspense>
    </>
  );
}

const matches = ({ id, name, email }: PersonRow, query: string): boolean =>
  `${id} ${name} ${email}`.toLowerCase().includes(query.trim().toLowerCase());

function PersonLine({ person, onOpen }: { person: PersonRow; onOpen: () => void }) {
  const t = useTranslations("admin.people");
  const words = useScopeWords();
  return (
    <Row name={person.id} opens>
      <Cell>
        <RowButton onClick={onOpen}>{person.name}</RowButton>
      </Cell>
      <Cell className="text-ink-2">{person.email || t("noEmail")}</Cell>
      <Cell className={person.disabled ? "font-semibold text-12 text-failed" : "text-12 text-ink-3"}>
        {person.disabled ? t("disabled") : t("enabled")}
      </Cell>
      <Cell whole className="font-mono text-12 text-ink-2">
        {person.grants.length === 0
          ? t("noGrants")
          : person.grants.map((grant) => (
              <span key={grant.id} className="me-4 inline-block">
                {words.short(grant)}
              </span>
            ))}
      </Cell>
    </Row>
  );
}
