export { CpuSampler, LOAD_HEADER, type ProcessBusyness, readLoad, writeLoad } from "../load/index.ts";
export { leverframeInterceptor } from "./fetch-interceptor.ts";
export { type StopOptions, stopGracefully } from "./graceful-stop.ts";
export type { ServerOptions, ServingAgent } from "./inbound-request.ts";
export { type FetchOptions, leverframeFetch } from "./leverframe-fetch.ts";
export { type Discovery, NoInstanceError, RequestDeadlineError } from "./outbound-call.ts";
export {
  type FastifyHook,
  type FastifyHost,
  type FastifyReplyLike,
  type FastifyRequestLike,
  type Listener,
  type ListenerOptions,
  leverframeExpress,
  leverframeFastify,
  leverframeListener,
} from "./servers.ts";
