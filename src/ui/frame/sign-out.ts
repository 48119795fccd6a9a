/** Ends the session on the server, and leaves. Where the server does not answer, the page leaves all the same. */
export async function signOut(): Promise<void> {
  try {
    await fetch("/api/auth/sign-out", { method: "POST", signal: AbortSignal.timeout(5_000) });
  } finally {
    location.assign("/login");
  }
}
