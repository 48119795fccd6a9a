"use client";

import { useEffect, useRef } from "react";
import type { TopologyLook } from "../api/contract.ts";
import type { AddressChange } from "../frame/address.ts";
import { EdgePanel } from "./edge-panel.tsx";
import { NodePanel } from "./node-panel.tsx";
import type { TopologyState } from "./state.ts";
import type { View } from "./view.ts";
import { WorstList } from "./worst-list.tsx";

interface SideProps {
  readonly env: string;
  readonly state: TopologyState;
  readonly view: View;
  readonly look: TopologyLook;
  readonly before: TopologyLook | undefined;
  readonly onNode: (id: string | undefined) => void;
  readonly onEdge: (key: string) => void;
  readonly go: (change: AddressChange) => void;
}

/** Where it stands beneath the graph instead of beside it. */
const BENEATH = "(max-width: 1023px)";

/** Beside the graph: what was chosen in it, else every node, the worst first. */
export function Side({ env, state, view, look, before, onNode, onEdge, go }: SideProps) {
  const { cut } = state;
  const node = state.node === undefined ? undefined : view.byId.get(state.node);
  const edge = state.edge === undefined ? undefined : view.edges.find(({ key }) => key === state.edge);
  const onClose = () => onNode(undefined);
  const chosen = node?.id ?? edge?.key;
  const place = useRef<HTMLElement>(null);
  // What was chosen would open out of sight.
  useEffect(() => {
    if (chosen !== undefined && matchMedia(BENEATH).matches)
      place.current?.scrollIntoView({ block: "start" });
  }, [chosen]);
  return (
    <aside
      ref={place}
      className="w-90 shrink-0 overflow-y-auto overscroll-contain border-line px-4 py-3 max-lg:w-full max-lg:border-t lg:border-l"
    >
      {node !== undefined ? (
        <NodePanel
          env={env}
          node={node}
          view={view}
          look={look}
          isFocused={cut.focus === node.id}
          onEdge={onEdge}
          onFocus={() =>
            go(cut.focus === node.id ? { focus: null, up: null, down: null } : { focus: node.id })
          }
          onHide={() => go({ hide: [...cut.hidden, node.id].join(","), node: null })}
          onClose={onClose}
        />
      ) : edge !== undefined ? (
        <EdgePanel env={env} edge={edge} look={look} before={before} onNode={onNode} onClose={onClose} />
      ) : (
        <WorstList view={view} query={state.query} onNode={onNode} />
      )}
    </aside>
  );
}
