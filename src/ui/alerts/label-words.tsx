/** An alert's labels, without those that stand beside them in words of their own. */
const SAID = new Set(["severity", "env", "alertname"]);

export function LabelWords({ labels }: { labels: Readonly<Record<string, string>> }) {
  return (
    <span className="font-mono text-12 text-ink-2">
      {Object.entries(labels)
        .filter(([name]) => !SAID.has(name))
        .map(([name, value]) => (
          <span key={name} className="me-3 inline-block wrap-anywhere">
            {name}={value}
          </span>
        ))}
    </span>
  );
}
