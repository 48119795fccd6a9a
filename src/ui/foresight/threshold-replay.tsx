"use client";

import type { BreakerSpec } from "@leverframe/agent/protocol";
import { useFormatter, useTranslations } from "next-intl";
import { type ReactNode, useState } from "react";
import type { BreakerReplay } from "../api/contract.ts";
import { classNames } from "../kit/class-names.ts";
import { Segmented } from "../kit/segmented.tsx";
import { ReplayPicture } from "./replay-picture.tsx";
import { useReplay } from "./use-foresight.ts";
import { firstSentence } from "./words.ts";

const STRETCHES = { "15m": 900_000, "1h": 3_600_000, "6h": 21_600_000 } as const;
type Stretch = keyof typeof STRETCHES;

interface ThresholdReplayProps {
  readonly env: string;
  readonly service: string;
  readonly name: string;
  readonly spec: BreakerSpec;
  /** Whether the spec can be published: one that can't is not replayed. */
  readonly sound: boolean;
}

/** What the thresholds as they are typed would have done with the calls that were recorded. */
export function ThresholdReplay({ env, service, name, spec, sound }: ThresholdReplayProps) {
  const t = useTranslations("foresight.replay");
  const [stretch, setStretch] = useState<Stretch>("15m");
  const answer = useReplay({ env, service, name, spec, stretchMs: STRETCHES[stretch] }, sound);
  const { data, isError, isFetching } = answer;
  return (
    <section aria-label={t("title")} data-testid="threshold-replay" className="flex min-w-0 flex-col gap-3">
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <h3 className="label-12">{t("title")}</h3>
        <Segmented
          label={t("stretch")}
          value={stretch}
          options={(Object.keys(STRETCHES) as Stretch[]).map((value) => ({
            value,
            label: t(`last.${value}`),
          }))}
          onChange={setStretch}
        />
      </div>
      {!sound ? (
        <p className="text-12 text-ink-3">{t("unsound")}</p>
      ) : data?.known === true ? (
        <div
          className={classNames(
            "flex flex-col gap-3",
            (isFetching || answer.isPlaceholderData) && "opacity-60",
          )}
        >
          <Told replay={data.replay} />
        </div>
      ) : (
        <p className="text-12 text-ink-3" role="status">
          {data?.known === false
            ? t("unknown", { why: firstSentence(data.why) })
            : isError
              ? t("unanswered")
              : t("working")}
        </p>
      )}
    </section>
  );
}

function Told({ replay }: { replay: BreakerReplay }) {
  const t = useTranslations("foresight.replay");
  const format = useFormatter();
  const { calls, refused, opened, instances, lives, firstOpenMs, inexact, cut, fromMs } = replay;
  const clock = (ms: number): string => format.dateTime(ms, { timeStyle: "medium" });
  if (calls === 0) return <p className="text-13 text-ink-2">{t("nothing")}</p>;
  const away = new Set(
    lives.filter((life) => life.opened > 0).map((life) => `${life.service}/${life.instance}`),
  );
  const percent = format.number(refused / calls, { style: "percent", maximumFractionDigits: 1 });
  return (
    <>
      <p className="text-13">
        {firstOpenMs === undefined
          ? t.rich("never", { calls, instances, b: bold })
          : t.rich("opened", {
              opened,
              away: away.size,
              instances,
              first: clock(firstOpenMs),
              refused,
              calls,
              percent,
              b: bold,
            })}
      </p>
      <ReplayPicture replay={replay} />
      <div className="flex flex-col gap-1 text-12">
        <p className={classNames("font-medium", inexact.length === 0 ? "text-ink-2" : "text-degraded")}>
          {inexact.length === 0 ? t("exact") : t("approximate")}
        </p>
        {inexact.length > 0 && (
          <ul className="flex list-disc flex-col gap-0.5 ps-4 text-ink-2">
            {inexact.map((one) => (
              <li key={one.why}>
                <Why inexact={one} />
              </li>
            ))}
          </ul>
        )}
        {cut && <p className="text-ink-2">{t("cut", { from: clock(fromMs) })}</p>}
      </div>
    </>
  );
}

const bold = (words: ReactNode) => <strong className="font-semibold">{words}</strong>;

function Why({ inexact }: { inexact: BreakerReplay["inexact"][number] }) {
  const t = useTranslations("foresight.replay");
  switch (inexact.why) {
    case "count-based":
    case "coarse":
      return t(`inexact-${inexact.why}`);
    case "counted":
    case "unknown":
      return t(`inexact-${inexact.why}`, { count: inexact.calls });
    case "missing":
      return t("inexact-missing", { count: inexact.periods });
  }
}
