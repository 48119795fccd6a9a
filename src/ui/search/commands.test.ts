import { expect, test } from "vitest";
import { narrowCommands } from "./commands.ts";

const COMMANDS = [
  { id: "switches", words: ["Go to Switches", "开关"] },
  { id: "services", words: ["Go to Services", "服务"] },
  { id: "prod", words: ["Environment prod"] },
  { id: "product", words: ["Switch to by-product"] },
];
const found = (query: string) => narrowCommands(COMMANDS, query).map(({ id }) => id);

test.each([
  ["", ["switches", "services", "prod", "product"]],
  ["go s", ["switches", "services"]],
  ["SWITCHES", ["switches"]],
  ["开关", ["switches"]],
  ["prod", ["prod", "product"]],
  ["nothing", []],
])("%s", (query, ids) => {
  expect(found(query)).toEqual(ids);
});
