import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { RefetchStreams, STREAM_LIMITS } from "./refetch-streams.ts";

const place = { env: "dev", service: "order" };
let state = "one";
let streams: RefetchStreams;
beforeEach(() => {
  vi.useFakeTimers();
  state = "one";
  streams = new RefetchStreams({ stateOf: ({ service }) => `${service} ${state}`, nowSeconds: () => 7 });
});
afterEach(() => {
  streams.close();
  vi.useRealTimers();
});

function open(
  o: { service?: string; keepsUp?: () => boolean; mayStay?: () => boolean; caller?: string } = {},
) {
  const { service = "order", keepsUp = () => true, mayStay = () => true, caller = "t" } = o;
  const client = { frames: [] as string[], ended: false };
  const sink = {
    send(frame: string) {
      client.frames.push(frame);
      return keepsUp();
    },
    end() {
      client.ended = true;
    },
  };
  const close = streams.open({ place: { ...place, service }, caller, mayStay, sink });
  return Object.assign(client, { close });
}

describe("a stream", () => {
  test("tells a change of its own flags once, however many come together", () => {
    const client = open();
    streams.changed("dev");
    vi.advanceTimersByTime(1_000);
    expect(client.frames).toHaveLength(1);
    state = "two";
    streams.changed("dev");
    streams.changed("dev");
    streams.changed("prod");
    vi.advanceTimersByTime(1_000);
    expect(client.frames.slice(1)).toEqual([
      'id: order two\nevent: message\ndata: {"type":"refetchEvaluation","etag":"order two","lastModified":7}\n\n',
    ]);
    state = "three";
    streams.changed("prod");
    vi.advanceTimersByTime(1_000);
    expect(client.frames).toHaveLength(2);
  });

  test("has a heartbeat, and is ended where it does not keep up or may no longer stay", () => {
    let allowed = true;
    const [good, slow, guest] = [open(), open({ keepsUp: () => false }), open({ mayStay: () => allowed })];
    allowed = false;
    vi.advanceTimersByTime(26_000);
    expect([good.ended, slow.ended, guest.ended]).toEqual([false, true, true]);
    expect(good.frames.at(-1)).toBe(": still here\n\n");
    expect(streams.count).toBe(1);
    good.close();
    expect(streams.count).toBe(0);
  });

  test("is refused past the bounds, and all end with the server", () => {
    const clients = Array.from({ length: STREAM_LIMITS.ofOneCaller }, () => open());
    expect(() => open()).toThrow("too many event streams");
    open({ caller: "another" });
    streams.close();
    expect(clients.every(({ ended }) => ended)).toBe(true);
    expect(streams.count).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });
});
