import { createTRPCClient, createWSClient, wsLink } from "@trpc/client";
import superjson from "superjson";
import type { AppRouter, LiveEvent } from "./contract.ts";

export interface SocketHandlers {
  onEvent(event: LiveEvent): void;
  /** The server follows: from here on events come. Called again after each reconnection. */
  onLive(): void;
  onLost(): void;
}

const RESUBSCRIBE_MS = 2_000;
const address = () => `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/api/ws`;

/**
 * Follows one environment over a WebSocket that reopens itself and resumes from the last event it saw; a subscription
 * that the server ended is asked for again. Returns the function that ends it.
 */
export function openSocket(env: string, handlers: SocketHandlers): () => void {
  let ended = false;
  let lastEventId: string | undefined;
  let subscription: { unsubscribe(): void } | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const socket = createWSClient({
    url: address,
    retryDelayMs: (attempt) => Math.min(4_000, 250 * 2 ** attempt),
    keepAlive: { enabled: true, intervalMs: 5_000, pongTimeoutMs: 2_000 },
    onClose: () => !ended && handlers.onLost(),
  });
  const client = createTRPCClient<AppRouter>({
    links: [wsLink({ client: socket, transformer: superjson })],
  });
  const again = () => {
    if (ended) return;
    handlers.onLost();
    clearTimeout(timer);
    timer = setTimeout(follow, RESUBSCRIBE_MS);
  };
  function follow(): void {
    subscription = client.events.stream.subscribe(
      { env, ...(lastEventId === undefined ? {} : { lastEventId }) },
      {
        onStarted: () => !ended && handlers.onLive(),
        onData: ({ id, data }) => {
          if (ended) return;
          lastEventId = id;
          handlers.onEvent(data);
        },
        onError: again,
        onComplete: again,
      },
    );
  }
  follow();
  return () => {
    ended = true;
    clearTimeout(timer);
    subscription?.unsubscribe();
    void socket.close();
  };
}
