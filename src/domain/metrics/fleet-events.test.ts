import { expect, test } from "vitest";
import { FleetEvents, type Present, QUIET_MS } from "./fleet-events.ts";

const at = (instance: string, incarnation = "1", version = "1.0.0"): Present => ({
  service: "order",
  instance,
  version,
  incarnation,
});

/** What is told after each look, a second apart, and then when it is quiet. */
function told(...looks: (readonly Present[])[]): string[] {
  const events = new FleetEvents();
  const said: string[] = [];
  let atMs = 0;
  const look = (present: readonly Present[]): void => {
    for (const { kind, from, to, instances, atMs: began } of events.look(present, atMs))
      said.push(`${kind} ${from}>${to} ${instances.join(",")} @${began}`);
  };
  for (const present of looks) {
    look(present);
    atMs += 1_000;
  }
  for (let waited = 0; waited <= QUIET_MS; waited += 1_000) {
    look(looks.at(-1) ?? []);
    atMs += 1_000;
  }
  return said;
}

test("what stood at the first look is no event", () => {
  expect(told([at("a"), at("b")])).toEqual([]);
});

test("a new start of the same instance at the same version is a restart, also while it was away for a moment", () => {
  expect(told([at("a")], [at("a", "2")])).toEqual(["restart > a @1000"]);
  expect(told([at("a"), at("b")], [at("b")], [at("a", "2"), at("b")])).toEqual(["restart > a @1000"]);
});

test("a rolling deploy is one event with both versions, and no restart", () => {
  expect(
    told(
      [at("a"), at("b")],
      [at("a", "2", "1.1.0"), at("b")],
      [at("a", "2", "1.1.0"), at("b", "3", "1.1.0")],
    ),
  ).toEqual(["deploy 1.0.0>1.1.0  @1000"]);
});

test("a lasting change of the number of instances is a scaling", () => {
  expect(told([at("a")], [at("a"), at("b")], [at("a"), at("b"), at("c")])).toEqual(["scaling 1>3  @1000"]);
  expect(told([at("a"), at("b")], [at("a")])).toEqual(["scaling 2>1  @1000"]);
});

test("a service that appears is deployed, and one that goes is scaled to nothing", () => {
  expect(told([], [at("a")])).toEqual(["deploy >1.0.0  @1000"]);
  expect(told([at("a")], [])).toEqual(["scaling 1>0  @1000"]);
});

test("a service that never comes to rest is told of within a minute", () => {
  const events = new FleetEvents();
  const said: string[] = [];
  for (let second = 0; second <= 70; second += 1)
    said.push(...events.look([at("a", String(second))], second * 1_000).map(({ kind }) => kind));
  expect(said).toEqual(["restart"]);
});
