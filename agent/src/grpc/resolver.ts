import { experimental, Metadata, status } from "@grpc/grpc-js";
import type { ServiceHandle } from "../discovery/index.ts";
import { BALANCER, registerBalancer } from "./balancer.ts";
import { HANDLE } from "./wire.ts";

/** The agent, as far as names are resolved by it. */
export interface Directory {
  service(name: string): ServiceHandle;
}

export const SCHEME = "leverframe";
/** The most that a service's first calls wait until its instances are known. */
const FIRST_LOOK_MS = 1_000;

let directory: Directory | undefined;

/**
 * Makes `leverframe:///order` a target of grpc-js: the instances of `order` as the agent sees them, balanced as its traffic
 * levers say. One agent a process serves the scheme: the last one that was given.
 */
export function resolveBy(agent: Directory): void {
  if (directory === undefined) {
    registerBalancer();
    experimental.registerResolver(SCHEME, ServiceResolver);
  }
  directory = agent;
}

/** `leverframe:///order` and `leverframe:order` are the service `order`. */
const serviceOf = ({ path }: experimental.GrpcUri): string => path.replace(/^\/+/, "");

/** Tells a channel who stands in the registry, at once and whenever that changes. */
class ServiceResolver implements experimental.Resolver {
  readonly #service: ServiceHandle | undefined;
  readonly #listener: experimental.ResolverListener;
  #stopFollowing: (() => void) | undefined;
  #waited = false;
  #due: NodeJS.Immediate | undefined;

  constructor(target: experimental.GrpcUri, listener: experimental.ResolverListener) {
    this.#service = directory?.service(serviceOf(target));
    this.#listener = listener;
  }

  updateResolution(): void {
    this.#stopFollowing ??= this.#service?.onChange(() => this.#tellSoon());
    this.#tellSoon();
  }

  destroy(): void {
    clearImmediate(this.#due);
    this.#due = undefined;
    this.#stopFollowing?.();
    this.#stopFollowing = undefined;
  }

  static getDefaultAuthority(target: experimental.GrpcUri): string {
    return serviceOf(target);
  }

  /** Never at once: grpc-js forbids it. */
  #tellSoon(): void {
    this.#due ??= setImmediate(() => {
      this.#due = undefined;
      this.#tell();
    });
  }

  #tell(): void {
    const service = this.#service;
    const endpoints = service === undefined ? [] : endpointsOf(service);
    if (service !== undefined && endpoints.length === 0 && !service.listed && !this.#waited) {
      // First asked for a moment ago: calls wait for the answer.
      this.#waited = true;
      void service.ready(FIRST_LOOK_MS).then(() => this.#tellSoon());
      return;
    }
    if (service === undefined || endpoints.length === 0) {
      const details = `no instance of ${service?.name ?? "the service"} is known that takes calls`;
      const error = { code: status.UNAVAILABLE, details, metadata: new Metadata() };
      this.#listener(experimental.statusOrFromError(error), {}, null, details);
      return;
    }
    const config = { loadBalancingConfig: [{ [BALANCER]: {} }], methodConfig: [] };
    this.#listener(
      experimental.statusOrFromValue(endpoints),
      { [HANDLE]: service },
      experimental.statusOrFromValue(config),
      "",
    );
  }
}

function endpointsOf(service: ServiceHandle): experimental.Endpoint[] {
  const addresses = new Set<string>();
  for (const { address, isolated } of service.instances()) {
    if (address !== undefined && !isolated) addresses.add(address);
  }
  return [...addresses].map((address) => {
    const end = address.lastIndexOf(":");
    const host = address.slice(0, end).replace(/^\[|\]$/g, "");
    return { addresses: [{ host, port: Number(address.slice(end + 1)) }] };
  });
}
