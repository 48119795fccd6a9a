import type { inferRouterInputs, inferRouterOutputs } from "@trpc/server";
import { client } from "../api/client.ts";
import type { AppRouter } from "../api/contract.ts";

type Inputs = inferRouterInputs<AppRouter>["alerts"];
type Outputs = inferRouterOutputs<AppRouter>["alerts"];

export type Standing = Outputs["standing"];
export type StandingAlert = Standing["alerts"][number];
export type LoggedAlert = Outputs["history"]["rows"][number];
export type Settings = Outputs["settings"];
export type AlertRule = Settings["rules"][number];
export type Silence = Settings["silences"][number];
export type ReceiverRow = Settings["receivers"][number];
export type RuleInput = Inputs["putRule"]["rule"];
export type ReceiverTarget = NonNullable<Inputs["putReceiver"]["target"]>;
export type Matcher = Inputs["silence"]["match"][number];

/** Names of what is asked for, in the cache. */
export const alertKeys = {
  standing: (env: string) => ["alerts", env, "standing"] as const,
  settings: (env: string) => ["alerts", env, "settings"] as const,
  history: (env: string, name: string | null) => ["alerts", env, "history", name] as const,
};

const PAGE = 50;

interface Call {
  readonly signal?: AbortSignal;
}

/** What the Alerts section asks of the control plane. Each rejects with a `TRPCClientError`; read it by `failureOf`. */
export const alertsApi = {
  standing: (env: string, call: Call = {}) => client.alerts.standing.query({ env }, call),
  settings: (env: string, call: Call = {}) => client.alerts.settings.query({ env }, call),
  history: (env: string, name: string | null, before: string | undefined, call: Call = {}) =>
    client.alerts.history.query(
      {
        env,
        limit: PAGE,
        ...(before === undefined ? {} : { before }),
        ...(name === null ? {} : { name }),
      },
      call,
    ),
  putRule: (env: string, rule: RuleInput, before: AlertRule | null) =>
    client.alerts.putRule.mutate({ env, rule, before }),
  deleteRule: (env: string, name: string) => client.alerts.deleteRule.mutate({ env, name }),
  putReceiver: (input: Inputs["putReceiver"]) => client.alerts.putReceiver.mutate(input),
  deleteReceiver: (env: string, name: string) => client.alerts.deleteReceiver.mutate({ env, name }),
  tryReceiver: (env: string, name: string) => client.alerts.tryReceiver.mutate({ env, name }),
  setRouting: (input: Inputs["setRouting"]) => client.alerts.setRouting.mutate(input),
  silence: (input: Inputs["silence"]) => client.alerts.silence.mutate(input),
  endSilence: (env: string, id: string) => client.alerts.endSilence.mutate({ env, id }),
};
