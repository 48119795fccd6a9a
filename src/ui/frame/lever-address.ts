import { formatRef, type LeverRef } from "../api/ref.ts";

/** Where a lever stands in the console: the page of its kind with the lever open. Pure. */
export function leverAddress(ref: LeverRef, env: string): string {
  const place = `env=${encodeURIComponent(env)}`;
  const lever = `lever=${encodeURIComponent(formatRef(ref)).replaceAll("%2F", "/")}`;
  switch (ref.kind) {
    case "switch":
      return `/switches?${place}&${lever}`;
    case "config":
      return `/config?${place}&service=${encodeURIComponent(ref.service)}&name=${encodeURIComponent(ref.name)}`;
    default:
      return `/resilience?${place}&${lever}`;
  }
}
