import type { Product } from "./goods.ts";
import type { Shopper } from "./server.ts";

/** A part of the page: the real thing, what a degraded switch serves in its place, or why it is missing. */
export type Part<T> =
  | { readonly state: "normal"; readonly value: T }
  | { readonly state: "degraded"; readonly value: unknown }
  | { readonly state: "failed"; readonly why: string };

export interface StorefrontView {
  readonly shopper: Shopper;
  readonly banner: string;
  readonly instance: string;
  readonly goods: Part<readonly Product[]>;
  readonly simplified: boolean;
  readonly recommendations: Part<readonly string[]>;
  readonly comments: Part<readonly { readonly product: string; readonly text: string }[]>;
  /** How many are left, by product, as far as inventory says. */
  readonly stock: Readonly<Record<string, number>>;
  readonly notice: string | undefined;
  /** The instance that took the order. */
  readonly takenBy: string | undefined;
}

const escape = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

const textOf = (value: unknown): string =>
  typeof value === "string" ? value : Array.isArray(value) ? value.map(String).join(", ") : "Back soon.";

/** The whole page, rendered here so that `curl` sees what a buyer sees. */
export function renderStorefront(view: StorefrontView): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="2;url=/?user=${encodeURIComponent(view.shopper.userId)}">
<title>Junction Supplies</title>
<style>${STYLE}</style>
</head>
<body>
<header><h1>Junction Supplies</h1><p class="banner">${escape(view.banner)}</p></header>
<p class="who">${escape(view.shopper.userId)} · ${view.shopper.tier} · served by ${escape(view.instance)}</p>
${view.notice === undefined ? "" : `<p class="notice" role="status">${escape(view.notice)}${takenBy(view)}</p>`}
<main>
<section id="goods" data-state="${view.simplified ? "degraded" : view.goods.state}"><h2>Goods</h2>${goods(view)}</section>
<section id="recommendations" data-state="${view.recommendations.state}"><h2>For you</h2>${recommendations(view)}</section>
<section id="comments" data-state="${view.comments.state}"><h2>What buyers say</h2>${comments(view)}</section>
</main>
</body>
</html>`;
}

const takenBy = ({ takenBy }: StorefrontView): string =>
  takenBy === undefined ? "" : ` <small id="taken-by">Taken by ${escape(takenBy)}.</small>`;

const failed = (what: string): string => `<p class="failed">${what} can't be reached just now.</p>`;

function goods(view: StorefrontView): string {
  if (view.goods.state !== "normal") return failed("Our shelves");
  const cards = view.goods.value.map((product) => {
    const story = view.simplified ? "" : `<p>${escape(product.story)}</p>`;
    const buy = `<form method="post" action="/buy?user=${encodeURIComponent(view.shopper.userId)}&product=${product.id}"><button>Buy</button></form>`;
    const left = view.stock[product.id];
    const stock = left === undefined ? "" : ` <small class="stock">${left} in stock</small>`;
    return `<li><h3>${escape(product.name)}</h3>${story}<p class="price">${product.price} cr${stock}</p>${buy}</li>`;
  });
  return `<ul class="cards${view.simplified ? " simple" : ""}">${cards.join("")}</ul>`;
}

function recommendations(view: StorefrontView): string {
  const part = view.recommendations;
  if (part.state === "failed") return failed("Recommendations");
  const names = Array.isArray(part.value) ? part.value.map(String) : [textOf(part.value)];
  return `<ul>${names.map((name) => `<li>${escape(name)}</li>`).join("")}</ul>`;
}

function comments(view: StorefrontView): string {
  const part = view.comments;
  if (part.state === "failed") return failed("Comments");
  if (part.state === "degraded") return `<p class="resting">${escape(textOf(part.value))}</p>`;
  return `<ul>${part.value.map((one) => `<li><b>${escape(one.product)}</b> ${escape(one.text)}</li>`).join("")}</ul>`;
}

const STYLE = `
:root{color-scheme:light dark;font:15px/1.5 system-ui,sans-serif;--line:color-mix(in oklab,currentColor 22%,transparent)}
body{max-width:64rem;margin:0 auto;padding:24px 16px}
header{display:flex;flex-wrap:wrap;gap:4px 24px;align-items:baseline;border-bottom:1px solid var(--line)}
h1{font-size:24px;margin:0}h2{font-size:16px;margin:24px 0 8px}h3{font-size:15px;margin:0}
.banner{margin:0}.who{font-size:12px;opacity:.75}.notice{border-left:3px solid;padding:4px 12px}
ul{list-style:none;padding:0;margin:0;display:grid;gap:8px}
.cards{grid-template-columns:repeat(auto-fill,minmax(13rem,1fr));gap:12px}
.cards li{border:1px solid var(--line);border-radius:8px;padding:12px;display:flex;flex-direction:column;gap:4px}
.cards p{margin:0}.cards form{margin-top:auto}.price{font-variant-numeric:tabular-nums}.stock{margin-left:.5em;opacity:.75}
.simple{grid-template-columns:1fr}.simple li{flex-direction:row;gap:16px;align-items:center}.simple form{margin:0 0 0 auto}
button{font:inherit;padding:6px 16px;min-height:36px}
.resting,.failed{opacity:.75;border:1px dashed var(--line);border-radius:8px;padding:12px}
`;
