export { CpuSampler, type ProcessBusyness } from "../load/index.ts";
export { type PolicySource, type RpcAuth, type RpcPolicy, rpcAuth, rpcPolicySchema } from "./auth.ts";
export {
  type ClientOptions,
  callUnary,
  clientInterceptor,
  type UnaryMethod,
  type UnaryOptions,
} from "./client.ts";
export { type RpcMetrics, rpcMetrics } from "./metrics.ts";
export { type ConnectionOptions, channelOptions, serverOptions } from "./options.ts";
export { type Directory, resolveBy } from "./resolver.ts";
export { type ServerOptions, serverInterceptor } from "./server.ts";
