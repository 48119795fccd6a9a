import type { ReactNode } from "react";
import { AppFrame } from "../../ui/frame/app-frame.tsx";

export default function ConsoleLayout({ children }: { children: ReactNode }) {
  return <AppFrame>{children}</AppFrame>;
}
