"use client";

import { X } from "lucide-react";
import { useTranslations } from "next-intl";
import { Dialog } from "radix-ui";
import { type ReactNode, useState } from "react";
import { IconButton } from "./button.tsx";

interface SheetProps {
  readonly title: ReactNode;
  /** One line under the title. */
  readonly description: ReactNode;
  readonly onClose: () => void;
  readonly children: ReactNode;
  /** Stays in sight at the foot: the action. */
  readonly footer?: ReactNode;
}

/** The sheet's own first control, rather than the button that closes it. */
function focusFirstControl(event: Event): void {
  const first = document.querySelector<HTMLElement>("[role=dialog] [data-autofocus]");
  if (!first) return;
  event.preventDefault();
  first.focus();
}

/** A panel at the right edge, from the bottom on a phone; the environment strip stays in sight above it. It closes by Escape, its button, or a click beside it. */
export function Sheet({ title, description, onClose, children, footer }: SheetProps) {
  const t = useTranslations("kit");
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
          onOpenAutoFocus={focusFirstControl}
          onCloseAutoFocus={giveFocusBack}
          className="fixed z-50 flex flex-col bg-surface-1 shadow-overlay outline-none max-md:inset-x-0 max-md:bottom-0 max-md:max-h-[calc(100dvh-60px)] max-md:rounded-t-8 max-md:border-line max-md:border-t md:top-9 md:bottom-0 md:right-0 md:w-[min(520px,92vw)] md:border-line md:border-l"
        >
          <header className="flex items-start gap-3 border-line border-b px-4 py-3">
            <div className="min-w-0 flex-1">
              <Dialog.Title className="font-semibold text-16">{title}</Dialog.Title>
              <Dialog.Description asChild>
                <div className="text-12 text-ink-2">{description}</div>
              </Dialog.Description>
            </div>
            <Dialog.Close asChild>
              <IconButton label={t("close")}>
                <X size={16} />
              </IconButton>
            </Dialog.Close>
          </header>
          <div className="min-h-0 flex-1 overflow-y-auto overscroll-contain px-4 py-4">{children}</div>
          {footer && (
            <footer className="border-line border-t bg-surface-1 px-4 py-3 has-[>div:empty]:hidden">
              {footer}
            </footer>
          )}
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
