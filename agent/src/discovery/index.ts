export type { ServiceInstance } from "./instance-set.ts";
export { ServiceDirectory, type ServiceHandle } from "./service-directory.ts";
