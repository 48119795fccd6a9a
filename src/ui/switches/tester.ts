import type { Rollout, SwitchSpec } from "@leverframe/agent/protocol";
import { type Context, compileSwitch } from "@leverframe/agent/rules";

/** What one context would get. */
export type Verdict =
  | { readonly ok: true; readonly degraded: boolean; readonly spec: SwitchSpec; readonly candidate: boolean }
  | { readonly ok: false };

/** `country=DE` and the like, one a line or parted by commas; a name without a value is an empty one. Pure. */
export function readContext(text: string): Context {
  const pairs = text
    .split(/[\n,]+/)
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .map((line): [string, string] => {
      const at = line.search(/[=:]/);
      return at < 0 ? [line, ""] : [line.slice(0, at).trim(), line.slice(at + 1).trim()];
    });
  return Object.fromEntries(pairs);
}

/** Decides as an agent does, for one instance; not ok where a constraint can't be read. */
export function tryOn(
  resource: { readonly spec: SwitchSpec; readonly rollout?: Rollout<SwitchSpec> | undefined },
  instance: string,
  context: Context,
): Verdict {
  try {
    const decision = compileSwitch(resource, instance);
    const spec = decision.specFor(context);
    return {
      ok: true,
      degraded: decision.isDegraded(context),
      spec,
      candidate: resource.rollout !== undefined && spec === resource.rollout.candidate,
    };
  } catch {
    return { ok: false };
  }
}
