import { randomBytes } from "node:crypto";
import { USERS } from "../shop/cohorts.ts";
import type { Trouble } from "../trouble/troubles.ts";

const BUTTONS: readonly { readonly trouble: Trouble; readonly says: string; readonly hint: string }[] = [
  { trouble: "slow-bank", says: "Slow bank", hint: "payment's breaker opens; orders are charged later" },
  { trouble: "kill-instance", says: "Kill comment-2", hint: "its lease runs out in 5 s" },
  {
    trouble: "cut-etcd",
    says: "Cut order-3 from etcd",
    hint: "it serves on, and can't prove what it applies",
  },
  { trouble: "bad-value", says: "Write a bad value", hint: "agents hold the last good comments switch" },
];

/** The page, and the policy that lets it frame the shop and whatever console it is sent to. */
export function renderWindow(shop: string): { readonly html: string; readonly policy: string } {
  const nonce = randomBytes(12).toString("base64url");
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src 'nonce-${nonce}'`,
    "connect-src 'self'",
    "frame-src 'self' http://127.0.0.1:*",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
  const troubles = BUTTONS.map(
    ({ trouble, says, hint }) => `<button data-trouble="${trouble}" title="${hint}">${says}</button>`,
  ).join("");
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Leverframe and its shop</title>
<style nonce="${nonce}">${STYLE}</style>
</head>
<body>
<iframe id="console" src="console" title="Console"></iframe>
<aside>
<iframe id="shop" src="${shop}/?user=u-7" title="Shop"></iframe>
<section aria-labelledby="users-title">
<h2 id="users-title">${USERS.toLocaleString("en")} users</h2>
<label>Lever <select id="lever"></select></label>
<p id="count" role="status">Asking the shop …</p>
<canvas id="dots" role="img" aria-labelledby="count"></canvas>
<p class="legend"><i class="in"></i> gets it <i class="out"></i> does not</p>
</section>
<section aria-labelledby="trouble-title">
<h2 id="trouble-title">Trouble</h2>
<div class="buttons">${troubles}<button data-trouble="heal" class="heal">Heal all</button></div>
<p id="said" role="status">Make some, and watch both sides.</p>
</section>
</aside>
<script nonce="${nonce}">${SCRIPT}</script>
</body>
</html>`;
  return { html, policy };
}

const STYLE = `
:root{color-scheme:light dark;font:13px/20px system-ui,sans-serif;
--ground:light-dark(oklch(.985 .004 250),oklch(.17 .01 250));--ink:light-dark(oklch(.22 .01 250),oklch(.94 .01 250));
--quiet:light-dark(oklch(.43 .01 250),oklch(.76 .01 250));--edge:light-dark(oklch(.51 .01 250),oklch(.66 .01 250));
--line:light-dark(oklch(.88 .006 250),oklch(.3 .01 250));--in:light-dark(oklch(.53 .115 70),oklch(.82 .15 80))}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);display:grid;grid-template-columns:minmax(0,1fr) 420px;height:100dvh}
iframe{border:0;display:block;width:100%;height:100%}
aside{border-inline-start:1px solid var(--line);display:grid;grid-template-rows:minmax(180px,1fr) auto auto;min-height:0;overflow-y:auto}
#shop{border-block-end:1px solid var(--line)}
section{padding:12px 16px;border-block-end:1px solid var(--line)}
h2{font-size:13px;line-height:20px;margin:0 0 4px}
p{margin:4px 0;color:var(--quiet)}
label{color:var(--quiet)}
select,button{font:inherit;color:inherit;background:transparent;border:1px solid var(--edge);border-radius:4px;min-height:32px;padding:0 8px}
select option{background:Canvas;color:CanvasText}
button:hover{background:var(--line)}button:disabled{opacity:.5}
.buttons{display:flex;flex-wrap:wrap;gap:8px}.heal{font-weight:600}
canvas{width:100%;height:128px;display:block;margin-block:4px}
.legend{display:flex;gap:6px;align-items:center;font-size:12px}
.legend i{width:8px;height:8px;display:inline-block}.legend .in{background:var(--in)}
.legend .out{width:4px;height:4px;margin-inline:12px 2px;background:var(--edge)}
@media (max-width:900px){body{grid-template-columns:minmax(0,1fr);grid-template-rows:70dvh auto;height:auto}
aside{border:0;overflow:visible;grid-template-rows:360px auto auto}button,select{min-height:44px}}
`;

/** Dots in rows of 100, redrawn when the shop answers something else. */
const SCRIPT = `
const $ = (id) => document.getElementById(id);
const canvas = $("dots"), select = $("lever"), COLUMNS = 80;
let cohorts = [], chosen = "", drawn = "";
const said = (text) => { $("said").textContent = text; };
const members = (cohort) => [...cohort.members].filter((one) => one === "1").length;
// What is mixed is what somebody is moving just now.
const moving = () => cohorts.find((one) => members(one) > 0 && members(one) < one.members.length) ?? cohorts.find((one) => members(one) > 0) ?? cohorts[0];
function draw() {
  const cohort = cohorts.find(({ lever }) => lever === chosen) ?? moving();
  if (!cohort) return;
  const count = members(cohort), all = cohort.members.length;
  const what = cohort.kind === "switch" ? "get it degraded" : "get another value than most";
  $("count").textContent = cohort.lever + ": " + count.toLocaleString("en") + " of " + all.toLocaleString("en") + " users " + what + " (" + (100 * count / all).toFixed(1) + " %)";
  const scale = devicePixelRatio || 1, width = canvas.clientWidth, height = canvas.clientHeight;
  const look = cohort.lever + cohort.members + width + scale + matchMedia("(prefers-color-scheme: dark)").matches;
  if (look === drawn) return;
  drawn = look;
  canvas.width = width * scale; canvas.height = height * scale;
  const pen = canvas.getContext("2d"), style = getComputedStyle(document.documentElement);
  const resolve = (name) => { const probe = document.createElement("i"); probe.className = name; document.querySelector(".legend").append(probe); const colour = getComputedStyle(probe).backgroundColor; probe.remove(); return colour; };
  const [inside, outside] = [resolve("in"), resolve("out")];
  pen.scale(scale, scale);
  const rows = Math.ceil(all / COLUMNS), x = width / COLUMNS, y = height / rows, side = Math.min(x, y) - 1;
  for (let index = 0; index < all; index++) {
    const member = cohort.members[index] === "1", size = member ? side : Math.max(1, side / 2.6);
    pen.fillStyle = member ? inside : outside;
    pen.fillRect((index % COLUMNS + .5) * x - size / 2, (Math.floor(index / COLUMNS) + .5) * y - size / 2, size, size);
  }
}
async function ask() {
  try {
    const answer = await fetch("cohorts");
    if (!answer.ok) throw new Error(await answer.text());
    cohorts = await answer.json();
    const names = ["", ...cohorts.map(({ lever }) => lever)];
    if (select.options.length !== names.length)
      select.replaceChildren(...names.map((name) => new Option(name || "the one that moves", name)));
    draw();
  } catch { $("count").textContent = "The shop does not answer."; drawn = ""; }
  setTimeout(ask, document.hidden ? 5000 : 1000);
}
select.addEventListener("change", () => { chosen = select.value; draw(); });
addEventListener("resize", draw);
for (const button of document.querySelectorAll("[data-trouble]"))
  button.addEventListener("click", async () => {
    button.disabled = true;
    said("…");
    try {
      const answer = await fetch("trouble", { method: "POST", body: JSON.stringify({ trouble: button.dataset.trouble }) });
      said(await answer.text());
    } catch (error) { said(String(error)); }
    button.disabled = false;
  });
ask();
`;
