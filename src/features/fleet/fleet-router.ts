import { environmentName } from "@leverframe/agent/protocol";
import * as z from "zod";
import type { ServiceRow } from "../../domain/fleet.ts";
import { guarded, router } from "../../server/trpc.ts";

export interface FleetPort {
  services(env: string): readonly ServiceRow[];
}

/** Whoever may see one service of an environment sees the whole of it: a pull is judged by what stands around it. */
const viewer = { role: "viewer", on: "environment" } as const;

export const createFleetRouter = (fleet: FleetPort) =>
  router({
    services: guarded(viewer)
      .input(z.strictObject({ env: environmentName }))
      .query(({ input }) => fleet.services(input.env)),
  });
