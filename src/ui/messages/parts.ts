import english from "./en.json";

type Namespace = keyof typeof english;

/**
 * Which messages stand in a page's own HTML: those of what it shows before anything is loaded on demand, which brings
 * the rest. Held to the imports by `test/checks/page-messages.test.ts`.
 */
export const PARTS = {
  /** What stands around every page. */
  frame: ["environment", "kit", "lever", "level", "link", "navigation", "position", "trayMark"],
  admin: ["admin", "failure"],
  alerts: ["alerts", "failure"],
  charts: ["charts", "failure"],
  changes: ["changes", "diff", "failure", "fieldNames", "receipt", "spec", "target"],
  config: ["config", "failure"],
  overview: ["charts", "failure", "overview", "recovery"],
  resilience: ["failure", "resilience"],
  rollouts: ["failure", "receipt", "rollouts", "target"],
  services: ["failure", "instance", "recovery", "services"],
  switches: ["failure", "switches"],
  traces: ["failure", "traces"],
  topology: ["topology"],
  login: ["login"],
  notFound: ["notFound"],
  kitPage: ["diff", "instance", "receipt", "target"],
} as const satisfies Readonly<Record<string, readonly Namespace[]>>;

/** The messages of a part, in English. For pages as they are built: in a browser it would bring all the others along. */
export const partOf = (part: keyof typeof PARTS) => {
  const wanted: readonly Namespace[] = PARTS[part];
  return Object.fromEntries(wanted.map((name) => [name, english[name]]));
};
