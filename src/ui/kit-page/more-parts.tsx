"use client";

import { Boxes, FileCode2, ToggleLeft } from "lucide-react";
import { useState } from "react";
import type { ChangeRow } from "../changes/change-row.ts";
import { COLUMNS, TimelineRow } from "../changes/timeline-row.tsx";
import { TextDiff } from "../config/text-diff.tsx";
import { Button } from "../kit/button.tsx";
import { Marked } from "../kit/marked.tsx";
import { Palette, type PaletteGroup } from "../kit/palette.tsx";
import { SearchField } from "../kit/search-field.tsx";
import { BreakerGlyph } from "../resilience/breaker-glyph.tsx";
import type { Mode } from "../resilience/kinds.ts";
import type { Look } from "../resilience/matrix.ts";
import { placesOf } from "../rollouts/share.ts";
import { ShareSlider } from "../rollouts/share-slider.tsx";
import { Countdown } from "../switches/countdown.tsx";
import { Part } from "./part.tsx";
import { sampleSummary, sampleTargets } from "./samples.ts";

/** The parts that pages bring along on demand. */
export function MoreParts() {
  return (
    <>
      <Sliders />
      <Breakers />
      <Timeline />
      <Part title="Diff of texts">
        <TextDiff format="yaml" before={BEFORE} after={AFTER} beforeLabel="v3" afterLabel="v4" />
        <TextDiff format="yaml" before={BEFORE} after={AFTER} beforeLabel="v3" afterLabel="v4" inline />
      </Part>
      <Finding />
    </>
  );
}

const BEFORE = "title: Hello\ntimeoutMs: 250\nretries: 2\n";
const AFTER = "title: Hello\ntimeoutMs: 400\nretries: 2\n标题: 深夜维护\n";
const MEMBERS = placesOf(
  "sample",
  Array.from({ length: 20 }, (_, index) => `sample-${index + 1}`),
);

function Sliders() {
  const [draftBp, setDraftBp] = useState(1_000);
  return (
    <Part title="Gray slider">
      <ShareSlider
        standingBp={500}
        draftBp={draftBp}
        places={MEMBERS}
        disabled={false}
        onDraft={setDraftBp}
      />
      <ShareSlider standingBp={2_500} draftBp={2_500} places={MEMBERS} disabled onDraft={() => undefined} />
    </Part>
  );
}

const LOOKS: readonly Look[] = ["closed", "open", "half", "unknown", "absent"];
const MODES: readonly Mode[] = ["NORMAL", "FORCED_OPEN", "DISABLED", "METRICS_ONLY"];

function Breakers() {
  const [nowMs] = useState(() => Date.now());
  return (
    <Part title="Breaker">
      {MODES.map((mode) => (
        <div key={mode} className="flex flex-wrap items-center gap-4">
          <span className="w-32 font-mono text-12 text-ink-3">{mode}</span>
          {LOOKS.map((look) => (
            <span key={look} className="flex items-center gap-2">
              <BreakerGlyph look={look} mode={mode} trials={{ done: 2, of: 5 }} />
              <span className="text-12 text-ink-3">{look}</span>
            </span>
          ))}
          <BreakerGlyph look="open" mode={mode} dated />
          <span className="text-12 text-ink-3">dated</span>
        </div>
      ))}
      <p className="flex flex-wrap gap-6">
        <Countdown at={new Date(nowMs + 42 * 60_000).toISOString()} />
        <Countdown at={new Date(nowMs - 60_000).toISOString()} />
      </p>
    </Part>
  );
}

const ref = { service: "sample", kind: "switch", name: "comments" };
const change = (n: number, part: Partial<ChangeRow>): ChangeRow => ({
  id: `01J0000000000000000000000${n}`,
  revision: 18_400 + n,
  at: "2026-11-23T03:00:00.000Z",
  author: { kind: "person", id: "ada" },
  reason: "Payment is slow",
  refs: [ref],
  overridden: false,
  ...part,
});
const CHANGES: readonly ChangeRow[] = [
  change(1, {}),
  change(2, { reason: "Ends as planned", author: { kind: "rule", id: "expiry" } }),
  change(3, { reason: "Deploy 1.4.3", author: { kind: "token", id: "ci" }, refs: [ref, ref, ref, ref] }),
  change(4, { reason: "By hand, past the console", author: { kind: "direct", id: "root" } }),
  change(5, { reason: "双十一零点前降级评论与推荐", overridden: true }),
  change(6, { reason: "Back again", undoes: change(1, {}).id }),
  change(7, { reason: "", author: undefined }),
];

function Timeline() {
  const summary = sampleSummary(sampleTargets(20, (index) => (index < 17 ? "applied" : "waiting")));
  return (
    <Part title="Timeline">
      <div role="table" aria-label="Timeline">
        <div role="row" className={`max-lg:hidden ${COLUMNS}`}>
          {["Reason", "Levers", "Who", "Receipt", "Revision", "Time"].map((column) => (
            <span key={column} role="columnheader" className="label-12">
              {column}
            </span>
          ))}
        </div>
        {CHANGES.map((row, index) => (
          <TimelineRow
            key={row.id}
            env="sample"
            row={row}
            undone={index === 3 ? CHANGES[5] : undefined}
            proof={summary}
            asked={false}
            dated={index === 4}
            onOpen={() => undefined}
          />
        ))}
      </div>
    </Part>
  );
}

const GROUPS: readonly PaletteGroup[] = [
  {
    id: "commands",
    heading: "Commands",
    items: [{ id: "go", Icon: ToggleLeft, title: "Go to Switches", hint: "g s", run: () => undefined }],
  },
  {
    id: "found",
    heading: "Services",
    items: [
      {
        id: "order",
        Icon: Boxes,
        title: <Marked text="order" marks={[[0, 5]]} />,
        detail: "3 instances",
        run: () => undefined,
      },
      {
        id: "banner",
        Icon: FileCode2,
        title: "order/config/banner",
        detail: <Marked text="timeoutMs: order of 250" marks={[[11, 16]]} />,
        run: () => undefined,
      },
    ],
    note: "12 more: one more word narrows it down",
  },
];

function Finding() {
  const [query, setQuery] = useState("");
  const [open, setOpen] = useState(false);
  return (
    <Part title="Search and palette">
      <div className="flex flex-wrap items-center gap-3">
        <SearchField label="Search" placeholder="Name, service" query={query} onChange={setQuery} />
        <Button onClick={() => setOpen(true)}>Open the palette</Button>
      </div>
      {open && (
        <Palette
          label="Palette"
          placeholder="Go to …"
          query={query}
          onQuery={setQuery}
          onClose={() => setOpen(false)}
          groups={query === "nothing" ? [] : GROUPS}
          nothing="Nothing holds it."
          dated={query === "old"}
          foot={<span data-keys>↑ ↓ to choose</span>}
        />
      )}
    </Part>
  );
}
