"use client";

import { Menu, Search } from "lucide-react";
import { usePathname } from "next/navigation";
import { useTranslations } from "next-intl";
import { Suspense, useState } from "react";
import { IconButton } from "../kit/button.tsx";
import { classNames } from "../kit/class-names.ts";
import { LeverGlyph } from "../kit/lever.tsx";
import { lazyPart } from "../lazy-part.tsx";
import { useEnvironment } from "./environment.tsx";
import { PageLink } from "./page-link.tsx";
import { Preferences, ROW } from "./preferences.tsx";
import { addressOf, SECTIONS } from "./sections.ts";

const MenuSheet = lazyPart(() => import("./menu-sheet.tsx").then((module) => module.MenuSheet));
const WaitingMark = lazyPart(() => import("../admin/waiting-mark.tsx").then((module) => module.WaitingMark));

/** The way about: a column on a desk, a row with a menu on a phone. */
export function Navigation({ onHelp, onSearch }: { onHelp: () => void; onSearch: () => void }) {
  const t = useTranslations("navigation");
  const [open, setOpen] = useState(false);
  return (
    <>
      <nav
        aria-label={t("title")}
        className="sticky top-9 z-20 flex items-center border-line bg-surface-0 max-lg:h-12 max-lg:border-b max-lg:px-1 max-md:top-11 lg:h-[calc(100dvh-36px)] lg:w-46 lg:shrink-0 lg:flex-col lg:items-stretch lg:border-r lg:px-2 lg:py-3"
      >
        <span className="flex items-center gap-2 px-2 font-semibold text-14 max-sm:hidden lg:mb-4">
          <LeverGlyph position="NORMAL" proof="proved" />
          Leverframe
        </span>
        <button type="button" className={classNames(ROW, "mb-2 shrink-0 max-lg:hidden")} onClick={onSearch}>
          <Search size={16} aria-hidden />
          {t("search")}
          <kbd className="ms-auto font-mono text-12 text-ink-3">Ctrl K</kbd>
        </button>
        <div
          data-scrolls
          className="flex min-w-0 max-sm:relative max-sm:flex-1 max-sm:overflow-x-auto lg:contents"
        >
          <SectionLinks />
        </div>
        <div className="ms-auto flex shrink-0 lg:hidden">
          <IconButton label={t("search")} onClick={onSearch}>
            <Search size={18} />
          </IconButton>
          <IconButton label={t("menu")} onClick={() => setOpen(true)}>
            <Menu size={18} />
          </IconButton>
        </div>
        <div className="mt-auto flex flex-col gap-1 max-lg:hidden">
          <Preferences onHelp={onHelp} />
        </div>
      </nav>
      {open && (
        <Suspense>
          <MenuSheet onClose={() => setOpen(false)} onHelp={onHelp} />
        </Suspense>
      )}
    </>
  );
}

function SectionLinks() {
  const t = useTranslations("navigation");
  const env = useEnvironment();
  const path = usePathname();
  return SECTIONS.map(({ group, sections }) => (
    <div key={group} className="max-lg:flex max-sm:contents lg:mb-3">
      <p className="label-12 px-2 pb-1 max-lg:sr-only">{t(group)}</p>
      {sections.map(({ path: target, label, Icon }) => (
        <PageLink
          key={target}
          href={addressOf(target, env)}
          aria-current={path === target ? "page" : undefined}
          className="flex h-8 items-center gap-2 rounded-4 px-2 text-ink-2 hover:bg-surface-2 hover:text-ink aria-[current=page]:bg-surface-2 aria-[current=page]:font-medium aria-[current=page]:text-ink max-lg:h-11 max-lg:min-w-11 max-lg:justify-center max-lg:px-2 max-sm:shrink-0 max-sm:px-0"
        >
          <Icon size={16} aria-hidden />
          <span className={path === target ? "max-sm:sr-only" : "max-lg:sr-only"}>{t(label)}</span>
          {label === "admin" && (
            <Suspense>
              <WaitingMark />
            </Suspense>
          )}
        </PageLink>
      ))}
    </div>
  ));
}
