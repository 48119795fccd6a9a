import { EVERY_SERVICE, formatRef } from "@leverframe/agent/protocol";
import type { FreezeWindow } from "./environment-settings.ts";
import type { Breach, Touched, World } from "./interlock-world.ts";

/** During a freeze window nothing that it covers is changed; a lever of every service touches every window. */
export function judgeFreeze(world: World, touched: readonly Touched[], now: Date): Breach[] {
  return world.view.settings.freezes.flatMap((window) => {
    if (now.getTime() < Date.parse(window.from) || now.getTime() >= Date.parse(window.to)) return [];
    const [first] = touched
      .map(({ ref }) => ref)
      .filter((ref) => covers(window, ref.service))
      .sort((a, b) => (formatRef(a) < formatRef(b) ? -1 : 1));
    if (first === undefined) return [];
    const what = window.services === undefined ? "this environment" : window.services.join(", ");
    return [
      {
        id: window.id,
        weight: 0,
        ref: first,
        sentence:
          `Changes to ${what} are frozen until ${window.to} (${window.reason}): wait until then.`.slice(
            0,
            500,
          ),
      },
    ];
  });
}

const covers = (window: FreezeWindow, service: string): boolean =>
  window.services === undefined || service === EVERY_SERVICE || window.services.includes(service);
