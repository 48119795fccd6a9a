import type { IncomingMessage } from "node:http";
import type { AccessService } from "../features/access/access-service.ts";
import type { AddressOf } from "./client-address.ts";
import type { ObservedCall, RequestContext } from "./trpc.ts";

export interface CallerOptions {
  readonly access: AccessService;
  readonly observe: (call: ObservedCall) => void;
  readonly addressOf: AddressOf;
}

/** Who calls, by the headers of a request or of a socket's opening; looked up anew each time that it is asked. */
export function contextOf(
  request: IncomingMessage,
  { access, observe, addressOf }: CallerOptions,
): RequestContext {
  return {
    get principal() {
      return access.authenticate(request.headers);
    },
    address: addressOf(request),
    observe,
  };
}
