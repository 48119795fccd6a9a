export type { Acquired, AcquireOptions, CallEnd, Load } from "./acquired.ts";
export { type Balancing, balancingFrom, type OutlierRule } from "./balancing.ts";
export type { ServiceHandle } from "./followed-service.ts";
export { ServiceDirectory } from "./service-directory.ts";
export type { ServiceInstance } from "./service-instance.ts";
export { ownBalancing, sameStance, stanceOf, type TrafficStance, USUAL_STANCE } from "./traffic-stance.ts";
