import { createTRPCClient, createWSClient, wsLink } from "@trpc/client";
import superjson from "superjson";
import type { AppRouter, LiveEvent } from "./contract.ts";

export interface SocketHandlers {
  onEvent(event: LiveEvent): void;
  /** The server follows: from here on events come. Called again after each reconnection. */
  onLive(): void;
  onLost(): void;
}

/**
 * A socket that is not live within this time is thrown away for a new one. tRPC's client reopens by itself, but stops
 * trying when a connection closes right after it opened (`WsClient.reconnect` returns while `reconnecting` is set).
 */
const LIVE_WITHIN_MS = 6_000;
const RESUBSCRIBE_MS = 2_000;
const address = () => `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/api/ws`;

/**
 * Follows one environment over a WebSocket that comes back by itself and resumes from the last event it saw. Returns
 * the function that ends it; a socket that was replaced says nothing any more.
 */
export function openSocket(env: string, handlers: SocketHandlers): () => void {
  let lastEventId: string | undefined;
  let close: () => void;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const replaceUnlessLive = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      close();
      connect();
    }, LIVE_WITHIN_MS);
  };
  const connect = () => {
    replaceUnlessLive();
    close = follow(env, () => lastEventId, {
      onEvent: (event, id) => {
        lastEventId = id;
        handlers.onEvent(event);
      },
      onLive: () => {
        clearTimeout(timer);
        handlers.onLive();
      },
      onLost: () => {
        replaceUnlessLive();
        handlers.onLost();
      },
    });
  };
  connect();
  return () => {
    clearTimeout(timer);
    close();
  };
}

/** Pings go out every 5 s and are answered at once: a socket that is silent for longer than this has nobody behind it. */
const SILENT_MS = 8_000;
/** A timer that comes later than this was held back by the browser, as in a tab out of sight; it says nothing. */
const LATE_MS = 2_000;

/**
 * A WebSocket that says when it hears nothing any more. tRPC closes such a one, but a close is answered by the other
 * side: with a server that hangs, the browser waits for it, and the page would go on calling itself live.
 */
function listening(onSilent: () => void): typeof WebSocket {
  return class extends WebSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols);
      let timer: ReturnType<typeof setTimeout>;
      const wait = () => {
        clearTimeout(timer);
        const due = performance.now() + SILENT_MS;
        timer = setTimeout(() => (performance.now() - due > LATE_MS ? wait() : onSilent()), SILENT_MS);
      };
      this.addEventListener("open", wait);
      this.addEventListener("message", wait);
      this.addEventListener("close", () => clearTimeout(timer));
    }
  };
}

interface FollowHandlers {
  onEvent(event: LiveEvent, id: string): void;
  onLive(): void;
  onLost(): void;
}

/** One client with its subscription, until it is closed; a subscription that the server ended is asked for again. */
function follow(env: string, resumeFrom: () => string | undefined, handlers: FollowHandlers): () => void {
  let ended = false;
  let subscription: { unsubscribe(): void } | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const socket = createWSClient({
    url: address,
    WebSocket: listening(() => !ended && handlers.onLost()),
    retryDelayMs: (attempt) => Math.min(4_000, 250 * 2 ** attempt),
    keepAlive: { enabled: true, intervalMs: 5_000, pongTimeoutMs: 2_000 },
    onClose: () => !ended && handlers.onLost(),
  });
  const client = createTRPCClient<AppRouter>({ links: [wsLink({ client: socket, transformer: superjson })] });
  const again = () => {
    if (ended) return;
    handlers.onLost();
    clearTimeout(timer);
    timer = setTimeout(subscribe, RESUBSCRIBE_MS);
  };
  function subscribe(): void {
    const lastEventId = resumeFrom();
    subscription = client.events.stream.subscribe(
      { env, ...(lastEventId === undefined ? {} : { lastEventId }) },
      {
        onStarted: () => !ended && handlers.onLive(),
        onData: ({ id, data }) => !ended && handlers.onEvent(data, id),
        onError: again,
        onComplete: again,
      },
    );
  }
  subscribe();
  return () => {
    ended = true;
    clearTimeout(timer);
    subscription?.unsubscribe();
    void socket.close();
  };
}
