"use client";

import { type ComponentType, lazy } from "react";
import { PartFailed } from "./kit/part-failed.tsx";
import { allMessages } from "./locale/catalogue.ts";

const TRIES = 3;
const PAUSE_MS = 700;

async function patiently<Loaded>(load: () => Promise<Loaded>): Promise<Loaded> {
  for (let left = TRIES; ; left -= 1) {
    try {
      return await load();
    } catch (error) {
      if (left === 1) throw error;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}

/**
 * A part of a page that is loaded when it is first shown, together with every message: what a page says at once stands
 * in its HTML (`messages/parts.ts`). Where it can't be loaded it says so in its place, and takes nothing down with it.
 */
export function lazyPart<Props extends object>(load: () => Promise<ComponentType<Props>>) {
  return lazy(async (): Promise<{ default: ComponentType<Props> }> => {
    try {
      const [part] = await patiently(() => Promise.all([load(), allMessages()]));
      return { default: part };
    } catch {
      return { default: PartFailed };
    }
  });
}
