import { headKey, liveKey, livePrefix, parseKey, type Receipt, receiptKey } from "@leverframe/agent/protocol";
import type { EnvironmentSettings } from "../../domain/environment-settings.ts";
import { type EnvironmentState, readInstance, readReceipt } from "../../domain/environment-state.ts";
import type { InterlockView, PlacedEntry } from "../../domain/interlock-view.ts";
import type { ReadState } from "./read-environment.ts";
import { ScopeKeys } from "./scope-keys.ts";

/** An environment as the interlock sees it; what it answers is read from `state` at the moment of the question. */
export function interlockViewOf(
  state: EnvironmentState,
  keys: ScopeKeys,
  settings: () => EnvironmentSettings,
): InterlockView {
  const { env } = state;
  const placed = (key: string): PlacedEntry[] => {
    const entry = state.live.get(key);
    const place = parseKey(key);
    if (entry === undefined || place.at !== "live") return [];
    return [{ ref: { service: place.service, kind: place.kind, name: place.name }, entry }];
  };
  const receiptOf = (service: string, instance: string): Receipt | undefined => {
    const entry = state.receipts.get(receiptKey(env, service, instance));
    const read = entry && readReceipt(entry);
    return read?.ok === true ? read.value : undefined;
  };
  return {
    get settings() {
      return settings();
    },
    current: (ref) => state.live.get(liveKey(env, ref)),
    levers: (kind, scope) =>
      (scope === undefined ? keys.scopes("live") : [scope]).flatMap((one) => {
        const prefix = `${livePrefix(env, one)}${kind}/`;
        return [...keys.keys("live", one)].filter((key) => key.startsWith(prefix)).flatMap(placed);
      }),
    linked: () => [...keys.linked].flatMap(placed),
    services: () => keys.scopes("registry"),
    instances: (service) =>
      [...keys.keys("registry", service)].flatMap((key) => {
        const entry = state.registry.get(key);
        const read = entry && readInstance(entry);
        if (read?.ok !== true || read.value.leaving === true) return [];
        const receipt = receiptOf(service, read.value.instance);
        return receipt?.leaving === true || receipt?.hold !== undefined ? [] : [read.value.instance];
      }),
    declares(service, kind, name) {
      let spoken = false;
      for (const key of keys.keys("receipts", service)) {
        const entry = state.receipts.get(key);
        const read = entry && readReceipt(entry);
        if (read?.ok !== true || read.value.leaving === true) continue;
        spoken = true;
        if (read.value.reads.some((one) => one.kind === kind && one.name === name)) return true;
      }
      return spoken ? false : undefined;
    },
    headRevision: (scope) => state.live.get(headKey(env, scope))?.modRevision ?? 0,
  };
}

/** The same of an environment that was read once. */
export function interlockViewOnce(state: ReadState, settings: EnvironmentSettings): InterlockView {
  const keys = new ScopeKeys(state.env);
  keys.list("live", state.live);
  keys.list("registry", state.registry);
  keys.list("receipts", state.receipts);
  return interlockViewOf(state, keys, () => settings);
}
