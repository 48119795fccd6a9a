/** What names a lever in addresses, drafts and caches: `comment/switch/comments`. */
export interface LeverRef {
  readonly service: string;
  readonly kind: string;
  readonly name: string;
}

export const formatRef = (ref: LeverRef): string => `${ref.service}/${ref.kind}/${ref.name}`;

/** Reads what `formatRef` writes; undefined for anything else. */
export function readRef(text: string | null): LeverRef | undefined {
  const [service, kind, name, ...rest] = (text ?? "").split("/");
  return service && kind && name && rest.length === 0 ? { service, kind, name } : undefined;
}
