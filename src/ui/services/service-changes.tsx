"use client";

import { useRouter } from "next/navigation";
import { useMemo } from "react";
import { Timeline } from "../changes/timeline.tsx";

/** What was changed of a service's own levers; a change opens on its page. */
export function ServiceChanges({ env, service }: { env: string; service: string }) {
  const router = useRouter();
  const filter = useMemo(() => ({ service }), [service]);
  return (
    <Timeline
      env={env}
      filter={filter}
      onOpen={(id) =>
        router.push(
          `/changes?env=${encodeURIComponent(env)}&service=${encodeURIComponent(service)}&change=${id}`,
        )
      }
    />
  );
}
