import type { Etcd } from "@leverframe/agent/etcd";

/** Clients that misbehave as no proxy can make them: one stream of a connection, or one answer, and not the rest. */
export type Stream = Awaited<ReturnType<Etcd["watchStream"]>>;

const replacing = (etcd: Etcd, replaced: Partial<Etcd>): Etcd =>
  new Proxy(etcd, {
    get(target, property) {
      const own: unknown = Reflect.get(replaced, property);
      if (own !== undefined) return own;
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });

/** The same client; `touch` gets every watch stream before the mirror does. */
export const withWatch = (etcd: Etcd, touch: (stream: Stream) => void): Etcd =>
  replacing(etcd, {
    watchStream: async () => {
      const stream = await etcd.watchStream();
      touch(stream);
      return stream;
    },
  });

/** The same client, whose watch streams count the fragments that come. */
export function countFragments(etcd: Etcd): { etcd: Etcd; count(): number } {
  let seen = 0;
  const wrapped = withWatch(etcd, (stream) => {
    stream.on("data", (message: { fragment: boolean }) => {
      if (message.fragment) seen++;
    });
  });
  return { etcd: wrapped, count: () => seen };
}

/** From the moment that `silent` says so, its watches bring no events any more, though they stay open. */
export const mute = (etcd: Etcd, silent: () => boolean): Etcd =>
  withWatch(etcd, (stream) => {
    const emit = stream.emit.bind(stream);
    stream.emit = (event: string, ...rest: unknown[]) => {
      const [message] = rest as { created?: boolean }[];
      return event === "data" && silent() && !message?.created ? true : emit(event, ...rest);
    };
  });

/** The same client, whose reads are answered late: by then events may have overtaken the answer. */
export const slow = (etcd: Etcd, ms: number): Etcd =>
  replacing(etcd, {
    range: async (options) => {
      const answer = await etcd.range(options);
      await new Promise((resolve) => setTimeout(resolve, ms));
      return answer;
    },
  });
