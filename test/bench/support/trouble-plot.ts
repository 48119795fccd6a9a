import { percentile } from "./statistics.ts";
import type { TroubleRun } from "./trouble-run.ts";

export interface TroublePicture {
  readonly runs: readonly { readonly title: string; readonly run: TroubleRun }[];
  readonly seconds: number;
  readonly deadlineMs: number;
  /** Charges a second that the bank can do when it is well. */
  readonly capacity: number;
  readonly trouble: readonly [number, number];
  /** When a hand helps the last run. */
  readonly hand: readonly [number, number];
}

const WIDTH = 1_000;
const LEFT = 64;
const GAP = 64;
const RIGHT = 16;
const TOP = 64;
const ROW = 150;
const ROW_GAP = 44;

/** One panel: where it stands, and what its axis shows. */
interface Panel {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly most: number;
}

/**
 * Two runs side by side over three rows: what became of the orders of each second, the gateway's p99 of each second, and
 * what the bank was asked. Colours follow the reader's light or dark scheme; every series is named by words too.
 */
export function drawTrouble(picture: TroublePicture): string {
  const { runs } = picture;
  const width = (WIDTH - LEFT - RIGHT - GAP * (runs.length - 1)) / runs.length;
  const height = TOP + 3 * ROW + 2 * ROW_GAP + 92;
  const columns = runs.map(({ title, run }, index) => {
    const x = LEFT + index * (width + GAP);
    const panel = (row: number, most: number): Panel => ({ x, y: TOP + row * (ROW + ROW_GAP), width, most });
    const last = index === runs.length - 1;
    return [
      `<text class="title" x="${x}" y="28">${title}</text>`,
      ordersPanel(panel(0, 75), picture, run),
      latencyPanel(panel(1, 10_000), picture, run),
      bankPanel(panel(2, 300), picture, run),
      last ? handMark(panel(0, 75), picture) : "",
    ].join("\n");
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${LABEL}">
<style>${STYLE}</style>
<rect class="paper" width="${WIDTH}" height="${height}"/>
${columns.join("\n")}
${legend(TOP + 3 * ROW + 2 * ROW_GAP + 52)}
</svg>
`;
}

const LABEL =
  "Bank trouble twice: with policies orders are answered in time and the shop recovers by itself; without, retries keep the bank drowned until a hand helps.";

function ordersPanel(panel: Panel, picture: TroublePicture, run: TroubleRun): string {
  const stacks = Array.from({ length: picture.seconds }, (_, second) => {
    const orders = run.done.filter(({ atMs }) => Math.floor(atMs / 1_000) === second);
    const inTime = orders.filter(({ ok, tookMs }) => ok && tookMs <= picture.deadlineMs);
    const paid = inTime.filter((order) => order.paid).length;
    return [paid, inTime.length - paid, orders.length - inTime.length];
  });
  return (
    frame(panel, picture, "orders a second", [0, 25, 50, 75], String) +
    bars(panel, picture, stacks, ["good", "later", "bad"])
  );
}

function latencyPanel(panel: Panel, picture: TroublePicture, run: TroubleRun): string {
  const at = (second: number, ms: number): string =>
    `${round(xOf(panel, picture, second + 0.5))},${round(logY(panel, ms))}`;
  const points = Array.from({ length: picture.seconds }, (_, second) => {
    const tooks = run.done
      .filter(({ atMs }) => Math.floor(atMs / 1_000) === second)
      .map(({ tookMs }) => tookMs);
    return tooks.length === 0 ? "" : at(second, percentile(tooks, 0.99));
  }).filter(Boolean);
  const deadlineY = round(logY(panel, picture.deadlineMs));
  const ticks = [100, 1_000, 10_000].map((ms) =>
    tick(panel, logY(panel, ms), ms < 1_000 ? `${ms} ms` : `${ms / 1_000} s`),
  );
  return `${shade(panel, picture)}${caption(panel, "gateway’s p99")}${ticks.join("")}
<line class="deadline" x1="${panel.x}" x2="${panel.x + panel.width}" y1="${deadlineY}" y2="${deadlineY}"/>
<text class="note" x="${panel.x + panel.width}" y="${deadlineY - 5}" text-anchor="end">deadline ${picture.deadlineMs / 1_000} s</text>
<polyline class="p99" points="${points.join(" ")}"/>${axis(panel, picture)}`;
}

function bankPanel(panel: Panel, picture: TroublePicture, run: TroubleRun): string {
  const capacityY = round(panel.y + ROW * (1 - picture.capacity / panel.most));
  const stacks = run.asked.map(({ first, retries }) => [first, retries]);
  return `${frame(panel, picture, "the bank is asked, a second", [0, 100, 200, 300], String)}${bars(panel, picture, stacks, ["first", "again"])}
<line class="deadline" x1="${panel.x}" x2="${panel.x + panel.width}" y1="${capacityY}" y2="${capacityY}"/>
<text class="note" x="${panel.x + panel.width}" y="${capacityY - 5}" text-anchor="end">what it can do when well</text>`;
}

function handMark(panel: Panel, { hand, seconds }: TroublePicture): string {
  const x = panel.x + (panel.width * hand[0]) / seconds;
  const bottom = panel.y + 3 * ROW + 2 * ROW_GAP;
  return `<line class="hand" x1="${round(x)}" x2="${round(x)}" y1="${panel.y - 8}" y2="${bottom}"/>
<text class="note" x="${round(x)}" y="${panel.y - 14}" text-anchor="middle">a hand pulls “charging”</text>`;
}

function frame(
  panel: Panel,
  picture: TroublePicture,
  title: string,
  values: readonly number[],
  text: (value: number) => string,
): string {
  const ticks = values.map((value) => tick(panel, panel.y + ROW * (1 - value / panel.most), text(value)));
  return `${shade(panel, picture)}${caption(panel, title)}${ticks.join("")}${axis(panel, picture)}`;
}

const shade = (panel: Panel, { trouble: [from, to], seconds }: TroublePicture): string =>
  `<rect class="trouble" x="${round(panel.x + (panel.width * from) / seconds)}" y="${panel.y}" width="${round((panel.width * (to - from)) / seconds)}" height="${ROW}"/>`;

const caption = (panel: Panel, title: string): string =>
  `<text class="caption" x="${panel.x}" y="${panel.y - 8}">${title}</text>`;

const tick = (panel: Panel, y: number, text: string): string =>
  `<line class="grid" x1="${panel.x}" x2="${panel.x + panel.width}" y1="${round(y)}" y2="${round(y)}"/><text class="note" x="${panel.x - 6}" y="${round(y) + 4}" text-anchor="end">${text}</text>`;

function axis(panel: Panel, picture: TroublePicture): string {
  const marks = Array.from({ length: Math.floor(picture.seconds / 20) + 1 }, (_, index) => index * 20);
  return marks
    .map(
      (second) =>
        `<text class="note" x="${round(xOf(panel, picture, second))}" y="${panel.y + ROW + 16}" text-anchor="middle">${second} s</text>`,
    )
    .join("");
}

function bars(
  panel: Panel,
  picture: TroublePicture,
  stacks: readonly (readonly number[])[],
  names: readonly string[],
): string {
  const width = panel.width / picture.seconds;
  return stacks
    .map((parts, second) => {
      let y = panel.y + ROW;
      return parts
        .map((part, index) => {
          const height = Math.min((ROW * part) / panel.most, y - panel.y);
          y -= height;
          if (height === 0) return "";
          return `<rect class="${names[index]}" x="${round(panel.x + second * width)}" y="${round(y)}" width="${round(width - 0.6)}" height="${round(height)}"/>`;
        })
        .join("");
    })
    .join("\n");
}

function legend(y: number): string {
  const entries = [
    ["good", "paid in time"],
    ["later", "answered in time, charged later"],
    ["bad", "too late or failed"],
    ["first", "first attempts"],
    ["again", "retries"],
    ["trouble", "the bank is ill"],
  ] as const;
  let x = LEFT;
  return entries
    .map(([name, words]) => {
      const at = x;
      x += 34 + words.length * 6.6;
      return `<rect class="${name}" x="${round(at)}" y="${y - 10}" width="12" height="12"/><text class="note" x="${round(at) + 18}" y="${y}">${words}</text>`;
    })
    .join("");
}

const xOf = (panel: Panel, { seconds }: TroublePicture, second: number): number =>
  panel.x + (panel.width * second) / seconds;

/** From 30 ms to 12 s. */
const logY = (panel: Panel, ms: number): number => {
  const share = Math.log(Math.min(12_000, Math.max(30, ms)) / 30) / Math.log(12_000 / 30);
  return panel.y + ROW * (1 - share);
};

const round = (value: number): number => Math.round(value * 10) / 10;

const STYLE = `
text{font:12px system-ui,sans-serif;fill:#1d2430}
.title{font-size:17px;font-weight:600}.caption{font-weight:600}.note{fill:#566072}
.paper{fill:#fff}.grid{stroke:#dfe3ea;stroke-width:1}.trouble{fill:#f3dfc4}
.good{fill:#2b7a4b}.later{fill:#8fb8e8}.bad{fill:#c2372e}.first{fill:#3465a4}.again{fill:#e08a1e}
.deadline{stroke:#1d2430;stroke-width:1.2;stroke-dasharray:5 4}.hand{stroke:#1d2430;stroke-width:1.2}
.p99{fill:none;stroke:#7a3fa0;stroke-width:2;stroke-linejoin:round}
@media (prefers-color-scheme:dark){
text{fill:#e6eaf1}.note{fill:#a6afbf}.paper{fill:#12161d}.grid{stroke:#2a313d}.trouble{fill:#4a3a22}
.good{fill:#57b67c}.later{fill:#3f6ea6}.bad{fill:#ef6a5f}.first{fill:#6ea2e0}.again{fill:#f0a94a}
.deadline,.hand{stroke:#e6eaf1}.p99{stroke:#c79be8}}
`;
