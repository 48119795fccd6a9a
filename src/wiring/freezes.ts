import type { Etcd } from "@leverframe/agent/etcd";
import { DomainError } from "../domain/errors.ts";
import type { FreezesPort } from "../features/freezes/freezes-router.ts";
import { changeSettings, loadSettings } from "../infra/etcd/environment-settings-store.ts";

/** Freeze windows in the environments' records. `known` throws a `DomainError` for an environment that nobody made. */
export function openFreezes(home: Etcd, known: (env: string) => void): FreezesPort {
  return {
    async list(env) {
      known(env);
      return (await loadSettings(home, env)).freezes;
    },
    async add(env, window) {
      known(env);
      const changed = await changeSettings(home, env, (standing) => {
        const others = standing.freezes.filter(
          (one) => one.id !== window.id && Date.parse(one.to) > Date.now(),
        );
        return { ...standing, freezes: [...others, window] };
      });
      return changed.freezes;
    },
    async lift(env, id) {
      known(env);
      const changed = await changeSettings(home, env, (standing) => {
        const freezes = standing.freezes.filter((one) => one.id !== id);
        if (freezes.length === standing.freezes.length) {
          throw new DomainError("NOT_FOUND", `There is no freeze ${id} in ${env}.`);
        }
        return { ...standing, freezes };
      });
      return changed.freezes;
    },
  };
}
