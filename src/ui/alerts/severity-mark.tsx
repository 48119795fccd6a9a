import { CircleAlert, Info, OctagonX, TriangleAlert } from "lucide-react";
import { useTranslations } from "next-intl";

const LOOKS = {
  critical: { Icon: OctagonX, look: "text-failed" },
  warning: { Icon: TriangleAlert, look: "text-degraded" },
  info: { Icon: Info, look: "text-ink-2" },
} as const;
const OTHER = { Icon: CircleAlert, look: "text-ink-2" } as const;

const isKnown = (severity: string): severity is keyof typeof LOOKS => severity in LOOKS;

/** How bad: by shape, colour and word; what has ended is grey. An Alertmanager's own words are shown as they are. */
export function SeverityMark({ severity, over = false }: { severity: string; over?: boolean }) {
  const t = useTranslations("alerts.severity");
  const known = isKnown(severity);
  const { Icon, look } = known ? LOOKS[severity] : OTHER;
  return (
    <span className={`inline-flex items-center gap-1.5 ${over ? "text-ink-3" : look}`}>
      <Icon size={14} className="shrink-0" aria-hidden />
      <span className="font-medium">{known ? t(severity) : severity}</span>
    </span>
  );
}
