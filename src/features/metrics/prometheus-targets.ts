/** A group of targets of Prometheus' HTTP service discovery. */
export interface TargetGroup {
  readonly targets: readonly [address: string];
  readonly labels: Readonly<Record<string, string>>;
}

/** An instance as it is registered. */
export interface RegisteredInstance {
  readonly env: string;
  readonly service: string;
  readonly instance: string;
  readonly version: string;
  readonly zone: string;
  /** `host:port` of `/metrics`; undefined where it exposes none. */
  readonly metricsAddress: string | undefined;
}

/**
 * The whole list, as HTTP service discovery wants it: labels are those by which the console's own pages ask, and the
 * version as a `__meta_` label, which relabelling may take up. Pure.
 */
export const targetGroups = (instances: readonly RegisteredInstance[]): readonly TargetGroup[] =>
  instances.flatMap(({ env, service, instance, version, zone, metricsAddress }) =>
    metricsAddress === undefined
      ? []
      : [
          {
            targets: [metricsAddress],
            labels: {
              env,
              service,
              instance,
              ...(zone === "" ? {} : { zone }),
              ...(version === "" ? {} : { __meta_leverframe_version: version }),
            },
          },
        ],
  );
