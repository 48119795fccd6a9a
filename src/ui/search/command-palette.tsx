"use client";

import { CircleHelp, Languages, Layers, Moon, Sun } from "lucide-react";
import { useRouter } from "next/navigation";
import { useLocale, useTranslations } from "next-intl";
import { useTheme } from "next-themes";
import { useState } from "react";
import { useEnvironment, useSession, useSwitchEnvironment } from "../frame/environment.tsx";
import { ALL_SECTIONS, addressOf } from "../frame/sections.ts";
import { Palette, type PaletteGroup, type PaletteItem } from "../kit/palette.tsx";
import { setLocale } from "../locale/catalogue.ts";
import { LOCALE_NAMES, LOCALES } from "../locale/locale.ts";
import { FailureWords } from "../switches/failure-words.tsx";
import { type Known, narrowCommands } from "./commands.ts";
import { useFoundGroups } from "./found-items.tsx";
import { useSearch } from "./use-search.ts";

type CommandItem = PaletteItem & Known;

/** Goes anywhere, switches environment, theme and language, and finds anything in this environment. */
export function CommandPalette({ onClose, onHelp }: { onClose: () => void; onHelp: () => void }) {
  const t = useTranslations("search");
  const router = useRouter();
  const env = useEnvironment();
  const [query, setQuery] = useState("");
  const { found, error, behind } = useSearch(env, query);
  const goTo = (address: string) => {
    onClose();
    router.push(address);
  };
  const groupsOf = useFoundGroups(env ?? "", goTo);
  const commands = narrowCommands(useCommands(onClose, onHelp, goTo), query);
  const groups: readonly PaletteGroup[] = [
    ...(commands.length > 0 ? [{ id: "commands", heading: t("commands"), items: commands }] : []),
    ...(found ? groupsOf(found) : []),
  ];
  return (
    <Palette
      label={t("title")}
      placeholder={t("placeholder", { env: env ?? "" })}
      query={query}
      onQuery={setQuery}
      onClose={onClose}
      groups={groups}
      nothing={
        error ? (
          <FailureWords error={error} />
        ) : behind ? (
          t("looking")
        ) : (
          t("nothing", { query, env: env ?? "" })
        )
      }
      dated={behind && found !== undefined}
      foot={<Foot incomplete={found?.incomplete ?? []} failed={error !== null && groups.length > 0} />}
    />
  );
}

function Foot({ incomplete, failed }: { incomplete: readonly ("levers" | "changes")[]; failed: boolean }) {
  const t = useTranslations("search");
  if (failed) return <span role="status">{t("failed")}</span>;
  if (incomplete.length > 0) {
    return <span role="status">{incomplete.map((part) => t(`incomplete-${part}`)).join(" ")}</span>;
  }
  return <span data-keys>{t("keys")}</span>;
}

function useCommands(
  onClose: () => void,
  onHelp: () => void,
  goTo: (address: string) => void,
): readonly CommandItem[] {
  const t = useTranslations("search");
  const navigation = useTranslations("navigation");
  const env = useEnvironment();
  const session = useSession();
  const switchTo = useSwitchEnvironment();
  const locale = useLocale();
  const { resolvedTheme, setTheme } = useTheme();
  const dark = resolvedTheme === "dark";
  const done = (run: () => void) => () => {
    onClose();
    run();
  };
  return [
    ...ALL_SECTIONS.map(({ path, label, key, Icon }) => {
      const title = t("goTo", { section: navigation(label) });
      // A section also goes by its address, whatever the language.
      return {
        id: path,
        words: [title, path.slice(1)],
        Icon,
        title,
        hint: `g ${key}`,
        run: () => goTo(addressOf(path, env)),
      };
    }),
    ...(session.data?.environments ?? [])
      .filter(({ name }) => name !== env)
      .map(({ name }) => {
        const title = t("environment", { env: name });
        return {
          id: `env ${name}`,
          words: [title, name],
          Icon: Layers,
          title,
          run: done(() => switchTo(name)),
        };
      }),
    {
      id: "theme",
      words: [navigation(dark ? "toLight" : "toDark"), "theme", dark ? "light" : "dark"],
      Icon: dark ? Sun : Moon,
      title: navigation(dark ? "toLight" : "toDark"),
      run: done(() => setTheme(dark ? "light" : "dark")),
    },
    ...LOCALES.filter((other) => other !== locale).map((other) => ({
      id: `language ${other}`,
      words: [LOCALE_NAMES[other], t("language"), "language", other],
      Icon: Languages,
      title: <span lang={other}>{LOCALE_NAMES[other]}</span>,
      hint: t("language"),
      run: done(() => void setLocale(other)),
    })),
    {
      id: "help",
      words: [navigation("help"), "help"],
      Icon: CircleHelp,
      title: navigation("help"),
      hint: "?",
      run: done(onHelp),
    },
  ];
}
