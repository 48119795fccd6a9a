/**
 * Every page of the console in each of its states that has an address; what is named here must exist in the environment
 * under test. `name` is for pictures.
 */
export interface Shown {
  readonly name: string;
  readonly address: string;
}

/** What there is to be opened; levers as `service/kind/name`. */
export interface Named {
  readonly lever: string;
  readonly rollout: string;
  readonly breaker: string;
  readonly service: string;
  readonly instance: string;
  readonly config: string;
}

export const addressesOf = (env: string, named: Named): readonly Shown[] => {
  const at = (path: string, query = "") => `${path}?env=${env}${query}`;
  const [configOf, , config] = named.config.split("/");
  return [
    { name: "overview", address: at("/overview") },
    { name: "charts", address: at("/charts") },
    { name: "charts-service", address: at("/charts", `&service=${named.service}&by=route&range=1h`) },
    { name: "switches", address: at("/switches") },
    { name: "switches-level", address: at("/switches", "&by=level") },
    { name: "switch", address: at("/switches", `&lever=${named.lever}`) },
    { name: "switch-new", address: at("/switches", "&new=1") },
    { name: "config", address: at("/config") },
    { name: "config-open", address: at("/config", `&service=${configOf}&name=${config}`) },
    { name: "config-new", address: at("/config", "&new=1") },
    { name: "rollouts", address: at("/rollouts") },
    { name: "rollout", address: at("/rollouts", `&lever=${named.rollout}`) },
    { name: "resilience", address: at("/resilience") },
    { name: "breaker", address: at("/resilience", `&lever=${named.breaker}`) },
    { name: "resilience-new", address: at("/resilience", "&new=1") },
    { name: "services", address: at("/services") },
    { name: "service", address: at("/services", `&service=${named.service}`) },
    { name: "instance", address: at("/services", `&service=${named.service}&instance=${named.instance}`) },
    { name: "service-levers", address: at("/services", `&service=${named.service}&tab=levers`) },
    { name: "service-changes", address: at("/services", `&service=${named.service}&tab=changes`) },
    { name: "changes", address: at("/changes") },
    { name: "restore", address: at("/changes", "&restore=1") },
    { name: "tray", address: at("/switches", "&tray=1") },
    { name: "approvals", address: at("/admin") },
    { name: "people", address: at("/admin", "&tab=people") },
    { name: "tokens", address: at("/admin", "&tab=tokens") },
    { name: "audit", address: at("/admin", "&tab=audit") },
    { name: "environments", address: at("/admin", "&tab=environments") },
    { name: "login", address: "/login" },
    { name: "kit", address: "/kit" },
    { name: "not-found", address: "/nowhere" },
  ];
};
