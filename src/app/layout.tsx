import "../ui/styles/global.css";
import { GeistMono } from "geist/font/mono";
import { GeistSans } from "geist/font/sans";
import type { Metadata, Viewport } from "next";
import type { ReactNode } from "react";
import { Providers } from "../ui/frame/providers.tsx";
import { LOCALE_SCRIPT } from "../ui/locale/locale-script.ts";
import { partOf } from "../ui/messages/parts.ts";

export const metadata: Metadata = {
  title: { default: "Leverframe", template: "%s · Leverframe" },
  description:
    "One room for every switch of a fleet: each pull is one transaction, proved by every instance.",
  icons: { icon: "/icon.svg" },
};

export const viewport: Viewport = { width: "device-width", initialScale: 1 };

export default function RootLayout({ children }: { children: ReactNode }) {
  return (
    <html lang="en" className={`${GeistSans.variable} ${GeistMono.variable}`} suppressHydrationWarning>
      <head>
        <script dangerouslySetInnerHTML={{ __html: LOCALE_SCRIPT }} />
      </head>
      <body>
        <noscript>Leverframe needs JavaScript. Without it: npx leverframe --help</noscript>
        <Providers english={partOf("frame")}>{children}</Providers>
      </body>
    </html>
  );
}
