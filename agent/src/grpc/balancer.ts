import { connectivityState, experimental, type Metadata, status } from "@grpc/grpc-js";
import type { Acquired, ServiceHandle } from "../discovery/index.ts";
import { LOAD_HEADER, readLoad } from "../load/index.ts";
import { FAULTS, HANDLE, STREAM_HEADER } from "./wire.ts";

export const BALANCER = "leverframe";

class Config implements experimental.TypedLoadBalancingConfig {
  getLoadBalancerName(): string {
    return BALANCER;
  }
  toJsonObject(): object {
    return { [BALANCER]: {} };
  }
  static createFromJson(): Config {
    return new Config();
  }
}

export const registerBalancer = (): void => experimental.registerLoadBalancerType(BALANCER, Balancer, Config);

/** One connection for each instance; which of them a call takes is the agent's choice. */
class Balancer implements experimental.LoadBalancer {
  readonly #channel: experimental.ChannelControlHelper;
  readonly #leafHelper: experimental.ChannelControlHelper;
  readonly #leaves = new Map<string, experimental.LeafLoadBalancer>();
  #service: ServiceHandle | undefined;
  #updating = false;
  #lastError = "no instance is known";

  constructor(channel: experimental.ChannelControlHelper) {
    this.#channel = channel;
    this.#leafHelper = experimental.createChildChannelControlHelper(channel, {
      updateState: (_state, _picker, error) => {
        if (error) this.#lastError = error;
        this.#tell();
      },
      // The registry is followed: asking again gives nothing new.
      requestReresolution: () => undefined,
    });
  }

  updateAddressList(
    found: experimental.StatusOr<experimental.Endpoint[]>,
    config: experimental.TypedLoadBalancingConfig,
    options: Record<string, unknown>,
    note: string,
  ): boolean {
    if (!(config instanceof Config)) return false;
    if (!found.ok) {
      this.#lastError = found.error.details;
      this.#keep(new Map(), options, note);
      return true;
    }
    this.#service = options[HANDLE] as ServiceHandle;
    const endpoints = new Map<string, experimental.Endpoint>();
    for (const endpoint of found.value) {
      const [address] = endpoint.addresses;
      if (address !== undefined) endpoints.set(experimental.subchannelAddressToString(address), endpoint);
    }
    this.#keep(endpoints, options, note);
    return true;
  }

  exitIdle(): void {
    for (const leaf of this.#leaves.values()) leaf.exitIdle();
  }
  resetBackoff(): void {}
  destroy(): void {
    for (const leaf of this.#leaves.values()) leaf.destroy();
    this.#leaves.clear();
  }
  getTypeName(): string {
    return BALANCER;
  }

  /** Connections that go on stay as they are; calls on those that go end by themselves. */
  #keep(
    endpoints: ReadonlyMap<string, experimental.Endpoint>,
    options: Record<string, unknown>,
    note: string,
  ): void {
    this.#updating = true;
    for (const [address, leaf] of this.#leaves) {
      if (endpoints.has(address)) continue;
      leaf.destroy();
      this.#leaves.delete(address);
    }
    for (const [address, endpoint] of endpoints) {
      if (this.#leaves.has(address)) continue;
      const leaf = new experimental.LeafLoadBalancer(endpoint, this.#leafHelper, options, note);
      this.#leaves.set(address, leaf);
      leaf.startConnecting();
    }
    this.#updating = false;
    this.#tell();
  }

  #tell(): void {
    if (this.#updating) return;
    const states = new Set([...this.#leaves.values()].map((leaf) => leaf.getConnectivityState()));
    const { READY, CONNECTING, IDLE, TRANSIENT_FAILURE } = connectivityState;
    if (this.#service !== undefined && states.has(READY)) {
      const ready = new Map([...this.#leaves].filter(([, leaf]) => leaf.getConnectivityState() === READY));
      this.#channel.updateState(READY, new AgentPicker(this.#service, ready), null);
    } else if (states.has(CONNECTING) || states.has(IDLE)) {
      this.#channel.updateState(CONNECTING, new experimental.QueuePicker(this), null);
    } else {
      const details = `no connection: ${this.#lastError}`;
      const picker = new experimental.UnavailablePicker({ code: status.UNAVAILABLE, details });
      this.#channel.updateState(TRANSIENT_FAILURE, picker, details);
    }
    for (const leaf of this.#leaves.values()) {
      if (leaf.getConnectivityState() === IDLE) leaf.exitIdle();
    }
  }
}

/** Asks the agent, among the instances that are connected. Replaced whenever a connection comes or goes. */
class AgentPicker implements experimental.Picker {
  readonly #service: ServiceHandle;
  readonly #ready: ReadonlyMap<string, experimental.LeafLoadBalancer>;

  constructor(service: ServiceHandle, ready: ReadonlyMap<string, experimental.LeafLoadBalancer>) {
    this.#service = service;
    this.#ready = ready;
  }

  pick(args: experimental.PickArgs): experimental.PickResult {
    let except: Set<string> | undefined;
    for (;;) {
      const acquired = this.#service.acquire(except === undefined ? {} : { except });
      if (acquired === undefined) return this.#any(args);
      const { instance } = acquired;
      const leaf = instance.address === undefined ? undefined : this.#ready.get(instance.address);
      const result = leaf?.getPicker().pick(args);
      if (result?.pickResultType === experimental.PickResultType.COMPLETE) {
        return { ...result, onCallEnded: endOf(acquired, result.onCallEnded, isStream(args.metadata)) };
      }
      acquired.done({ timed: false });
      // Asked twice the same: there is nobody else.
      if (except?.has(instance.instance) === true) return this.#any(args);
      except = (except ?? new Set()).add(instance.instance);
    }
  }

  /** Whom the agent would call is not connected yet: somebody who is beats nobody. */
  #any(args: experimental.PickArgs): experimental.PickResult {
    const isolated = new Set(
      this.#service.instances().flatMap(({ isolated, address }) => (isolated && address ? [address] : [])),
    );
    for (const [address, leaf] of this.#ready) if (!isolated.has(address)) return leaf.getPicker().pick(args);
    return new experimental.UnavailablePicker({
      code: status.UNAVAILABLE,
      details: `no instance of ${this.#service.name} takes calls`,
    }).pick(args);
  }
}

type OnCallEnded = experimental.PickResult["onCallEnded"];

const endOf =
  (acquired: Acquired, before: OnCallEnded, stream: boolean): NonNullable<OnCallEnded> =>
  (code, details, metadata) => {
    before?.(code, details, metadata);
    const load = readLoad(metadata.get(LOAD_HEADER)[0]?.toString());
    acquired.done({ failed: FAULTS.has(code), load, timed: !stream });
  };

const isStream = (metadata: Metadata): boolean => metadata.get(STREAM_HEADER).length > 0;
