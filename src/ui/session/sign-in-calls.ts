const DEADLINE_MS = 15_000;

/** How one may sign in here. */
export interface Methods {
  readonly password: boolean;
  /** What the provider's button says; null where there is none. */
  readonly oidc: string | null;
}

/** Resolves to nothing when signed in, else to why not, in the server's words. Rejects where nobody answers. */
export async function signInBy(
  way: "exchange" | "sign-in" | "accept",
  body: Readonly<Record<string, string>>,
): Promise<string | undefined> {
  const response = await fetch(`/api/auth/${way}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(DEADLINE_MS),
  });
  if (response.ok) return undefined;
  const answer = (await response.json().catch(() => ({}))) as { error?: string };
  return answer.error ?? `HTTP ${response.status}`;
}

/** Rejects where nobody answers. */
export async function askMethods(): Promise<Methods> {
  const response = await fetch("/api/auth/methods", { signal: AbortSignal.timeout(DEADLINE_MS) });
  return (await response.json()) as Methods;
}
