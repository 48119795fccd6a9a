export type { Acquired, AcquireOptions, CallEnd, Load } from "./acquired.ts";
export { ServiceDirectory, type ServiceHandle } from "./service-directory.ts";
export type { ServiceInstance } from "./service-instance.ts";
export { sameStance, stanceOf, type TrafficStance, USUAL_WEIGHT } from "./traffic-stance.ts";
