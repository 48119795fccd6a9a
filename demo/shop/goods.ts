/** What the shop sells. */
export interface Product {
  readonly id: string;
  readonly name: string;
  readonly price: number;
  readonly story: string;
}

export const GOODS: readonly Product[] = [
  {
    id: "lamp",
    name: "Signal lamp",
    price: 48,
    story: "Cast in 1911 for the night shift; red, green, and a little smoke.",
  },
  { id: "whistle", name: "Brass whistle", price: 12, story: "Two notes. The second one means it." },
  { id: "lantern", name: "Guard's lantern", price: 36, story: "Swings for stop, stands for go." },
  { id: "clock", name: "Platform clock", price: 120, story: "Always right, and so a little lonely." },
  { id: "flag", name: "Green flag", price: 9, story: "For departures that are nobody's fault." },
  { id: "lever", name: "Lever handle", price: 64, story: "Worn smooth by forty years of one left hand." },
];

export const REMARKS: readonly string[] = [
  "Shines through any fog.",
  "My neighbours object, so it works.",
  "Came with a story and a scratch.",
  "Would pull again.",
];
