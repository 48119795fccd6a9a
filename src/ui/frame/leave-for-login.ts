/** Leaves for the sign-in page, which brings back to this address. What was typed stays in this tab. */
export function leaveForLogin(): void {
  if (location.pathname.startsWith("/login")) return;
  location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
}
