const ONE_LEAVE_MS = 5_000;
let leftAt = Number.NEGATIVE_INFINITY;

/**
 * Leaves for the sign-in page, which brings back to this address. What was typed stays in this tab. A page that lost its
 * session hears so from each of its requests: the first leaves, and the others would only cut its navigation off and begin
 * it anew, so they are ignored for 5 s.
 */
export function leaveForLogin(): void {
  if (location.pathname.startsWith("/login")) return;
  const now = performance.now();
  if (now - leftAt < ONE_LEAVE_MS) return;
  leftAt = now;
  location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
}
