"use client";

import { useFormatter } from "next-intl";
import { useMemo } from "react";
import { Line as Drawn, LineChart, ReferenceLine, ResponsiveContainer, XAxis, YAxis } from "recharts";
import { lookOf } from "./look.ts";
import { PLOT_PX } from "./place.ts";
import { type Line, type Row, rowsOfLines, topOf } from "./series.ts";
import { type Span, ticksOf } from "./span.ts";
import { type Unit, useUnitWords } from "./unit.ts";

/** How high a picture reaches in which everything is 0. */
const EMPTY: Readonly<Record<Unit, number>> = {
  perSecond: 1,
  share: 0.01,
  percent: 1,
  seconds: 0.001,
  bytes: 1_000,
  count: 1,
};

interface PlotProps {
  readonly lines: readonly Line[];
  readonly span: Span;
  readonly unit: Unit;
  /** The line to bring out, by key. */
  readonly pointed: string | undefined;
  readonly markedMs: readonly number[];
}

/** Lines over time, and nothing else: no motion, no tooltip. What is laid over it follows the pointer. */
export function Plot({ lines, span, unit, pointed, markedMs }: PlotProps) {
  const format = useFormatter();
  const write = useUnitWords();
  const rows = useMemo(() => rowsOfLines(lines, span), [lines, span]);
  const top = useMemo(() => topOf(rows, EMPTY[unit]), [rows, unit]);
  const { fromMs, untilMs: toMs } = span;
  const ticks = useMemo(
    () => ticksOf({ fromMs, toMs }, 6, -new Date(toMs).getTimezoneOffset() * 60_000),
    [fromMs, toMs],
  );
  const days = toMs - fromMs > 86_400_000;
  const clock = (at: number): string =>
    format.dateTime(new Date(at), {
      ...(days ? { month: "numeric", day: "numeric" } : {}),
      hour: "2-digit",
      minute: "2-digit",
      ...(toMs - fromMs < 240_000 ? { second: "2-digit" } : {}),
      hourCycle: "h23",
    });
  const text = { fill: "var(--ink-3)", fontSize: 12 };
  return (
    <ResponsiveContainer width="100%" height={PLOT_PX.height}>
      <LineChart
        data={[...rows]}
        margin={{ top: PLOT_PX.top, right: PLOT_PX.right, bottom: 0, left: 0 }}
        accessibilityLayer={false}
      >
        <XAxis
          dataKey="at"
          type="number"
          domain={[fromMs, toMs]}
          allowDataOverflow
          ticks={[...ticks]}
          tickFormatter={clock}
          tick={text}
          tickLine={false}
          axisLine={{ stroke: "var(--line)" }}
          height={PLOT_PX.bottom}
        />
        <YAxis
          width={PLOT_PX.left}
          tick={text}
          tickLine={false}
          axisLine={false}
          domain={[0, top]}
          ticks={[0, top / 2, top]}
          tickFormatter={(value: number) => write(value, unit)}
        />
        {markedMs.map((at) => (
          <ReferenceLine key={at} x={at} stroke="var(--ink-3)" strokeDasharray="2 3" />
        ))}
        {lines.map(({ key }, index) => {
          const { stroke, dash } = lookOf(index);
          const faded = pointed !== undefined && pointed !== key;
          return (
            <Drawn
              key={key}
              dataKey={(row: Row) => row[key]}
              type="linear"
              dot={false}
              activeDot={false}
              isAnimationActive={false}
              stroke={pointed === key ? "var(--ink)" : stroke}
              // A point alone is a dot.
              strokeLinecap="round"
              strokeWidth={pointed === key ? 2.5 : 1.5}
              strokeOpacity={faded ? 0.25 : 1}
              strokeDasharray={dash}
            />
          );
        })}
      </LineChart>
    </ResponsiveContainer>
  );
}
