import { environmentName } from "@leverframe/agent/protocol";
import * as z from "zod";
import type { ServiceRow } from "../../domain/fleet.ts";
import { router, signedInProcedure } from "../../server/trpc.ts";

export interface FleetPort {
  services(env: string): readonly ServiceRow[];
}

export const createFleetRouter = (fleet: FleetPort) =>
  router({
    services: signedInProcedure
      .input(z.strictObject({ env: environmentName }))
      .query(({ input }) => fleet.services(input.env)),
  });
