"use client";

import { useTheme } from "next-themes";
import { Suspense, useState, useSyncExternalStore } from "react";
import { LinkWords } from "../frame/link-state.tsx";
import { Button } from "../kit/button.tsx";
import { Callout } from "../kit/callout.tsx";
import { Diff } from "../kit/diff.tsx";
import { Field, SelectInput, TextArea, TextInput } from "../kit/field.tsx";
import { LevelWord, Lever, type LeverMarks } from "../kit/lever.tsx";
import { Notices, notice } from "../kit/notices.tsx";
import { ReceiptBar, ReceiptMini } from "../kit/receipt-bar.tsx";
import { Segmented } from "../kit/segmented.tsx";
import { Sheet } from "../kit/sheet.tsx";
import { Empty, Failed, PasteLine, SkeletonRows } from "../kit/states.tsx";
import { lazyPart } from "../lazy-part.tsx";
import { InstanceStateWord } from "../services/instance-state.tsx";
import { Part } from "./part.tsx";
import { sampleSummary, sampleTargets } from "./samples.ts";

const MoreParts = lazyPart(() => import("./more-parts.tsx").then((module) => module.MoreParts));

const never = () => () => undefined;

/** Every part of the kit in every state, for whoever builds or checks a page. Not linked, and not translated. */
export function KitPage() {
  const { resolvedTheme, setTheme } = useTheme();
  const [open, setOpen] = useState(false);
  // Times are told by the browser's clock, not by that of the build.
  const alive = useSyncExternalStore(
    never,
    () => true,
    () => false,
  );
  return (
    <main className="mx-auto flex max-w-4xl flex-col gap-8 px-4 py-6">
      <header className="flex flex-wrap items-center gap-3">
        <h1 className="font-semibold text-20">Kit</h1>
        <Button className="ms-auto" onClick={() => setTheme(resolvedTheme === "dark" ? "light" : "dark")}>
          Other theme
        </Button>
        <Button onClick={() => setOpen(true)}>Open a sheet</Button>
        <Button onClick={() => void notice("Copied to the clipboard")}>Show a notice</Button>
      </header>
      <Levers />
      <Receipts />
      <Controls />
      <Part title="Diff">
        <Diff
          sentence="sample: NORMAL → DEGRADED, 20 instances"
          changes={[
            { key: "position", label: "position", before: "NORMAL", after: "DEGRADED" },
            { key: "payload", label: "payload", before: undefined, after: '{"html":"<p>Resting</p>"}' },
          ]}
        />
        <Diff sentence="Nothing changes" changes={[]} />
      </Part>
      <Suspense>{alive && <MoreParts />}</Suspense>
      <States />
      {open && (
        <Sheet
          title="A sheet"
          description="At the right; on a phone from the bottom"
          onClose={() => setOpen(false)}
        >
          <Empty title="Whatever it is about" />
        </Sheet>
      )}
      <Notices />
    </main>
  );
}

const LEVERS: readonly (readonly [string, LeverMarks])[] = [
  ["proved", { position: "NORMAL", proof: "proved" }],
  ["proved", { position: "DEGRADED", proof: "proved" }],
  ["waiting", { position: "NORMAL", proof: "waiting" }],
  ["waiting", { position: "DEGRADED", proof: "waiting" }],
  ["partial", { position: "NORMAL", proof: "partial" }],
  ["partial", { position: "DEGRADED", proof: "partial" }],
  ["interlock", { position: "NORMAL", proof: "proved", locked: true }],
  ["by a rule", { position: "DEGRADED", proof: "proved", automatic: true }],
  ["invalid", { position: "NORMAL", proof: "proved", invalid: true }],
];

function Levers() {
  return (
    <Part title="Lever">
      <ul className="grid grid-cols-2 gap-3 sm:grid-cols-3">
        {LEVERS.map(([label, marks]) => (
          <li key={`${label} ${marks.position}`} className="flex items-center gap-3">
            <Lever name="sample" {...marks} />
            <span className="text-12 text-ink-3">{label}</span>
          </li>
        ))}
      </ul>
      <p className="flex gap-4">
        <LevelWord level="core" />
        <LevelWord level="secondary" />
        <LevelWord level="non-core" />
      </p>
      <p className="flex flex-wrap gap-4">
        {(["live", "suspect", "unproved", "foreign"] as const).map((state) => (
          <InstanceStateWord key={state} state={state} />
        ))}
      </p>
    </Part>
  );
}

const BARS = [
  ["on its way", sampleTargets(20, (index) => (index < 7 ? "applied" : "waiting"))],
  ["stuck", sampleTargets(20, (index) => (index === 4 ? "held" : index === 11 ? "unproved" : "applied"))],
  ["proved", sampleTargets(20, () => "applied")],
  ["by zone", sampleTargets(240, (index) => (index < 200 ? "applied" : "waiting"))],
  ["nobody", sampleTargets(0, () => "applied")],
] as const;

function Receipts() {
  return (
    <Part title="Receipt bar">
      {BARS.map(([label, targets]) => (
        <div key={label} className="grid gap-x-6 gap-y-2 sm:grid-cols-[96px_1fr_180px]">
          <span className="text-12 text-ink-3">{label}</span>
          <ReceiptBar summary={sampleSummary(targets)} targets={targets} />
          <ReceiptMini summary={sampleSummary(targets)} />
        </div>
      ))}
      <ReceiptBar summary={sampleSummary(BARS[1][1])} targets={BARS[1][1]} dated />
      <div data-sample>
        <ReceiptBar summary={sampleSummary(BARS[1][1])} targets="unknown" />
      </div>
      <div data-sample>
        <ReceiptBar summary={sampleSummary(BARS[1][1])} />
      </div>
    </Part>
  );
}

function Controls() {
  const [grouping, setGrouping] = useState<"service" | "level">("service");
  const [position, setPosition] = useState<"NORMAL" | "DEGRADED">("NORMAL");
  return (
    <Part title="Controls">
      <p className="flex flex-wrap gap-3">
        <Button tone="primary">Publish</Button>
        <Button tone="degrade">Degrade sample</Button>
        <Button>Plain</Button>
        <Button tone="quiet">Quiet</Button>
        <Button tone="primary" disabled>
          Publish
        </Button>
      </p>
      <div className="flex flex-wrap items-center gap-3">
        <Segmented
          label="Group by"
          value={grouping}
          onChange={setGrouping}
          options={[
            { value: "service", label: "Service" },
            { value: "level", label: "Level" },
          ]}
        />
      </div>
      <Segmented
        size="large"
        label="Position"
        value={position}
        onChange={setPosition}
        options={[
          { value: "NORMAL", label: "NORMAL" },
          { value: "DEGRADED", label: "DEGRADED" },
        ]}
      />
      <div className="grid gap-3 sm:grid-cols-3">
        <Field label="Name" hint="As the code declares it">
          {(control) => <TextInput {...control} defaultValue="comments" />}
        </Field>
        <Field label="Payload" error="Not JSON: unexpected end">
          {(control) => <TextArea {...control} rows={2} defaultValue="{" />}
        </Field>
        <Field label="Service">
          {(control) => (
            <SelectInput {...control}>
              <option>order</option>
              <option>every service (*)</option>
            </SelectInput>
          )}
        </Field>
      </div>
    </Part>
  );
}

function States() {
  return (
    <Part title="States">
      <Callout title="A remark">Beside what it speaks of.</Callout>
      <Callout tone="warning" title="No running code reads comments">
        Pulling it changes nothing.
      </Callout>
      <Callout tone="failed" title="It was refused, and nothing changed">
        payload: is what a static strategy serves
      </Callout>
      <Callout tone="pending" title="No answer: it may have gone through or not" />
      <Empty title="Nothing here yet" line="npx leverframe --help">
        The next step, and the line to paste.
      </Empty>
      <Failed title="The switches could not be loaded" onRetry={() => undefined}>
        <p>The control plane does not answer.</p>
      </Failed>
      <div data-sample>
        <SkeletonRows rows={3} label="Loading" />
      </div>
      <PasteLine line="npx leverframe login" />
      <div className="flex flex-col items-start gap-2">
        <LinkWords link={{ phase: "live" }} />
        <LinkWords link={{ phase: "connecting" }} />
        <LinkWords link={{ phase: "lost", sinceMs: 1_763_866_800_000 }} />
        <LinkWords
          link={{ phase: "live" }}
          stale={{ sinceMs: 1_763_866_800_000, why: "etcd does not answer" }}
        />
      </div>
    </Part>
  );
}
