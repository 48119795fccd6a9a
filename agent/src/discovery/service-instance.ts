/** One instance of a service, as a caller may use it. */
export interface ServiceInstance {
  readonly service: string;
  readonly instance: string;
  readonly incarnation: string;
  /** `host:port`; undefined for a worker without one, which is never picked. */
  readonly address: string | undefined;
  readonly version: string;
  /** Empty where a foreign registration says none. */
  readonly zone: string;
  /** ISO time by its own clock; undefined for a foreign registration. */
  readonly startedAt: string | undefined;
  /**
   * `live`: registered. `suspect`: its registration ended without a word; picked only if nothing else is left.
   * `held`: lost together with more than half of the service, and kept as if live (DESIGN §4, *Leases*).
   */
  readonly state: "live" | "suspect" | "held";
  /** Its share of calls beside the others', 0 … 1,000; 100 where nobody said. */
  readonly weight: number;
  /** It takes calls only where nobody else is left. */
  readonly drained: boolean;
  /** It takes no calls. */
  readonly isolated: boolean;
}
