import {
  type Notification,
  type Receiver,
  type ReceiverTarget,
  type Told,
  toldNow,
} from "../../domain/alerts/index.ts";
import type { Deliver, Delivery } from "./alert-ports.ts";

export interface MessengerOptions {
  readonly deliver: Deliver;
  /** Throws an `Error` that says why a target can't be opened. */
  readonly open: (env: string, receiver: Receiver) => ReceiverTarget;
  readonly wall: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  readonly onDelivery: (env: string, delivery: Delivery) => void;
}

/** Messages of an environment under way at once; the others wait for the next look. */
const AT_ONCE = 8;
const FIRST_AGAIN_MS = 10_000;
const MOST_AGAIN_MS = 300_000;

interface Room {
  readonly told: Map<string, Told>;
  readonly sending: Set<string>;
  readonly underWay: Set<Promise<void>>;
  readonly failed: Map<string, { readonly tries: number; readonly againMs: number }>;
  readonly deliveries: Map<string, Delivery>;
}

/**
 * Sends what is due beside the looks at rules, which never wait for it. What can't be delivered is tried again after 10 s,
 * then less and less often, to every 5 minutes, for as long as it is due.
 */
export class Messenger {
  readonly #options: MessengerOptions;
  readonly #rooms = new Map<string, Room>();

  constructor(options: MessengerOptions) {
    this.#options = options;
  }

  /** What was told, with what was told since it was kept. */
  told(env: string, kept: readonly Told[]): readonly Told[] {
    const { told } = this.#room(env);
    const merged = new Map([...kept.map((one) => [one.group, one] as const), ...told]);
    told.clear();
    return [...merged.values()];
  }

  /** The newest of each receiver. */
  deliveries(env: string, kept: readonly Delivery[]): readonly Delivery[] {
    const merged = new Map(kept.map((one) => [one.receiver, one]));
    for (const one of this.#room(env).deliveries.values()) merged.set(one.receiver, one);
    return [...merged.values()];
  }

  /** Begins to send; returns at once. A group that is under way already is not sent twice. */
  send(env: string, due: readonly Notification[], receivers: readonly Receiver[]): void {
    const room = this.#room(env);
    for (const notification of due) {
      const failed = room.failed.get(notification.group);
      if (failed !== undefined && failed.againMs > this.#options.wall()) continue;
      if (room.sending.has(notification.group) || room.sending.size >= AT_ONCE) continue;
      const receiver = receivers.find(({ name }) => name === notification.receiver);
      if (receiver === undefined) continue;
      room.sending.add(notification.group);
      const sent = this.#sendOne(env, room, receiver, notification).finally(() => {
        room.sending.delete(notification.group);
        room.underWay.delete(sent);
      });
      room.underWay.add(sent);
    }
  }

  /** Resolves once nothing of an environment is under way, after `mostMs` at the latest. */
  async settled(env: string, mostMs: number): Promise<void> {
    const { underWay } = this.#room(env);
    if (underWay.size === 0) return;
    await Promise.race([Promise.all(underWay), this.#options.sleep(mostMs)]);
  }

  /** One message at once, for whoever tries a receiver out. Rejects with an `Error` that says why it did not get through. */
  async try(env: string, receiver: Receiver, notification: Notification): Promise<void> {
    await this.#options.deliver(receiver, this.#options.open(env, receiver), notification);
  }

  async #sendOne(env: string, room: Room, receiver: Receiver, notification: Notification): Promise<void> {
    const { wall, onDelivery } = this.#options;
    let delivery: Delivery;
    try {
      await this.try(env, receiver, notification);
      delivery = { receiver: receiver.name, at: new Date(wall()).toISOString(), ok: true };
      room.told.set(notification.group, toldNow(notification, wall()));
      room.failed.delete(notification.group);
    } catch (error) {
      const why = error instanceof Error ? error.message.slice(0, 300) : String(error);
      delivery = { receiver: receiver.name, at: new Date(wall()).toISOString(), ok: false, why };
      const tries = (room.failed.get(notification.group)?.tries ?? 0) + 1;
      const pauseMs = Math.min(MOST_AGAIN_MS, FIRST_AGAIN_MS * 2 ** (tries - 1));
      room.failed.set(notification.group, { tries, againMs: wall() + pauseMs });
    }
    room.deliveries.set(receiver.name, delivery);
    onDelivery(env, delivery);
  }

  #room(env: string): Room {
    const known = this.#rooms.get(env);
    if (known !== undefined) return known;
    const made: Room = {
      told: new Map(),
      sending: new Set(),
      underWay: new Set(),
      failed: new Map(),
      deliveries: new Map(),
    };
    this.#rooms.set(env, made);
    return made;
  }
}
