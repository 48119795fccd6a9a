import { notice } from "../kit/notices.tsx";

/** Ends the session on the server, and leaves. Where the server does not answer, one is still signed in, and told so. */
export async function signOut(failed: string): Promise<void> {
  try {
    const answer = await fetch("/api/auth/sign-out", { method: "POST", signal: AbortSignal.timeout(5_000) });
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
    location.assign("/login");
  } catch {
    await notice(failed, "failed");
  }
}
