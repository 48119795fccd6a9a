"use client";

import { Command } from "cmdk";
import type { LucideIcon } from "lucide-react";
import { Dialog } from "radix-ui";
import { type ReactNode, useState } from "react";
import { classNames } from "./class-names.ts";

export interface PaletteItem {
  /** Unlike every other. */
  readonly id: string;
  readonly Icon: LucideIcon;
  readonly title: ReactNode;
  /** A second line, where there is something to say. */
  readonly detail?: ReactNode;
  /** The key that does the same, or what is set now. */
  readonly hint?: string | undefined;
  readonly run: () => void;
}

export interface PaletteGroup {
  readonly id: string;
  readonly heading: string;
  readonly items: readonly PaletteItem[];
  /** Under the items: how many more there are. */
  readonly note?: string | undefined;
}

interface PaletteProps {
  readonly label: string;
  readonly placeholder: string;
  readonly query: string;
  readonly onQuery: (query: string) => void;
  readonly onClose: () => void;
  readonly groups: readonly PaletteGroup[];
  /** In place of the groups where there are none. */
  readonly nothing: ReactNode;
  /** What is shown answers an older query. */
  readonly dated: boolean;
  /** Hidden on a phone where it is marked with `data-keys`. */
  readonly foot: ReactNode;
}

/** A list to type into: what can be done and what was found, by arrow keys and Enter. What is shown is its caller's choice. */
export function Palette(props: PaletteProps) {
  const { label, placeholder, query, onQuery, onClose, groups, nothing, dated, foot } = props;
  const [opener] = useState(() => document.activeElement);
  const giveFocusBack = (event: Event) => {
    event.preventDefault();
    if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
  };
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-x-0 top-9 bottom-0 z-40 bg-overlay max-md:top-11" />
        <Dialog.Content
          aria-describedby={undefined}
          onCloseAutoFocus={giveFocusBack}
          className="fixed top-11 z-50 overflow-hidden bg-surface-1 shadow-overlay outline-none max-md:inset-x-0 md:top-20 md:left-1/2 md:w-[min(640px,92vw)] md:-translate-x-1/2 md:rounded-8 md:border md:border-line"
        >
          <Dialog.Title className="sr-only">{label}</Dialog.Title>
          <Command label={label} shouldFilter={false} loop className="flex max-h-[min(560px,70dvh)] flex-col">
            <Command.Input
              value={query}
              onValueChange={onQuery}
              placeholder={placeholder}
              maxLength={200}
              className="h-12 shrink-0 border-line border-b bg-transparent px-4 text-14 text-ink outline-none placeholder:text-ink-3 max-md:text-16"
            />
            <Command.List label={label} className="min-h-0 flex-1 overflow-y-auto overscroll-contain pb-2">
              {groups.map((group) => (
                <Command.Group
                  key={group.id}
                  heading={group.heading}
                  className={classNames(
                    "**:[[cmdk-group-heading]]:label-12 **:[[cmdk-group-heading]]:px-4 **:[[cmdk-group-heading]]:pt-3 **:[[cmdk-group-heading]]:pb-1",
                    dated && "opacity-60",
                  )}
                >
                  {group.items.map((item) => (
                    <Line key={item.id} item={item} />
                  ))}
                  {group.note !== undefined && (
                    <p className="px-4 ps-11 py-1 text-12 text-ink-3">{group.note}</p>
                  )}
                </Command.Group>
              ))}
            </Command.List>
            {groups.length === 0 && (
              <div role="status" className="px-4 pt-3 pb-6 text-ink-2">
                {nothing}
              </div>
            )}
            <div className="border-line border-t px-4 py-2 text-12 text-ink-3 max-md:has-[>[data-keys]]:hidden">
              {foot}
            </div>
          </Command>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Line({ item: { id, Icon, title, detail, hint, run } }: { item: PaletteItem }) {
  return (
    <Command.Item
      value={id}
      onSelect={run}
      className="flex min-h-9 cursor-pointer items-center gap-3 px-4 py-1 text-ink-2 data-[selected=true]:bg-surface-2 data-[selected=true]:text-ink max-md:min-h-11"
    >
      <Icon size={16} className="shrink-0 text-ink-3" aria-hidden />
      <span className="min-w-0 flex-1">
        <span className="line-clamp-2 text-13 wrap-anywhere">{title}</span>
        {detail !== undefined && (
          <span className="line-clamp-2 text-12 text-ink-3 wrap-anywhere">{detail}</span>
        )}
      </span>
      {hint !== undefined && (
        <span className="shrink-0 font-mono text-12 text-ink-3 max-md:hidden">{hint}</span>
      )}
    </Command.Item>
  );
}
