import { CircleAlert, Info, OctagonX, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { classNames } from "./class-names.ts";

const TONES = {
  plain: { Icon: Info, look: "border-line text-ink-2", icon: "text-ink-3" },
  warning: { Icon: TriangleAlert, look: "border-degraded", icon: "text-degraded" },
  failed: { Icon: OctagonX, look: "border-failed", icon: "text-failed" },
  pending: { Icon: CircleAlert, look: "border-pending", icon: "text-pending" },
} as const;

interface CalloutProps {
  readonly tone?: keyof typeof TONES;
  readonly title: ReactNode;
  readonly children?: ReactNode;
  /** `alert` is read out at once. */
  readonly role?: "alert" | "status";
}

/** A remark in the flow of the page, beside what it speaks of. */
export function Callout({ tone = "plain", title, children, role }: CalloutProps) {
  const { Icon, look, icon } = TONES[tone];
  return (
    <div role={role} className={classNames("flex gap-2 rounded-4 border px-3 py-2", look)}>
      <Icon size={16} className={classNames("mt-0.5 shrink-0", icon)} aria-hidden />
      <div className="min-w-0 flex-1">
        <p className="font-medium text-ink wrap-anywhere">{title}</p>
        {children && <div className="mt-1 text-ink-2 wrap-anywhere">{children}</div>}
      </div>
    </div>
  );
}
