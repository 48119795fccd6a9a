/** The shop's fleet: 20 processes in two zones. Small enough for a laptop, large enough for a straggler to hide in. */
export const ENVIRONMENT = "prod";

export const SERVICES = {
  gateway: 3,
  product: 3,
  recommend: 3,
  comment: 3,
  order: 3,
  inventory: 2,
  payment: 2,
  bank: 1,
} as const;

export type ServiceName = keyof typeof SERVICES;

export interface PlannedInstance {
  readonly service: ServiceName;
  readonly instance: string;
  readonly zone: string;
}

const ZONES = ["zone-a", "zone-b"] as const;

/** Every instance of the fleet, the same names at each start: receipts and rollouts are keyed by them. */
export const plannedInstances = (): PlannedInstance[] =>
  Object.entries(SERVICES).flatMap(([service, count]) =>
    Array.from({ length: count }, (_, index) => ({
      service: service as ServiceName,
      instance: `${service}-${index + 1}`,
      zone: ZONES[index % ZONES.length] ?? ZONES[0],
    })),
  );
