import { COMMENTS, consoleUrl, ENVIRONMENT, expect, leverOf, openSheet, test } from "./fixtures.ts";
import { accept, ask, give, invite, strangersPage, unique } from "./people.ts";

test("a viewer sees the fleet and changes nothing of it: not by any page, and not by direct call", async ({
  page,
  browser,
  request,
}) => {
  test.setTimeout(90_000);
  const name = `vera-${unique()}`;
  const link = await invite(page, name);
  await give(page, "viewer", ENVIRONMENT);
  const theirs = await strangersPage(browser);
  await accept(theirs, link);

  await theirs.goto(`/switches?env=${ENVIRONMENT}`);
  const sheet = await openSheet(theirs, COMMENTS);
  await sheet.getByRole("radio", { name: "DEGRADED" }).click();
  await sheet.getByLabel("Reason").fill("I would like to");
  await expect(sheet.getByRole("button", { name: /^Degrade comments/ })).toBeDisabled();
  await expect(sheet.getByText("This needs the role operator.")).toBeVisible();
  await theirs.goto(`/config?env=${ENVIRONMENT}&service=gateway&name=banner`);
  await expect(theirs.getByRole("button", { name: "Delete" })).toBeDisabled();
  await theirs.goto(`/services?env=${ENVIRONMENT}&service=order&calls=order-1`);
  await theirs.getByRole("dialog").getByText("Drained", { exact: true }).click();
  await theirs.getByRole("dialog").getByLabel("Reason").fill("I would like to");
  await expect(theirs.getByRole("button", { name: "Drain order-1" })).toBeDisabled();

  const before = await leverOf(request, COMMENTS);
  const edit = {
    ...COMMENTS,
    op: "put",
    spec: { ...before.resource.spec, position: "DEGRADED" },
    baseRevision: before.revision,
  };
  const change = { env: ENVIRONMENT, id: "01HZY0V1EWER00000000000001", reason: "directly", edits: [edit] };
  for (const [procedure, input] of [
    ["publish.commit", change],
    ["publish.dryRun", change],
    ["automation.schedule", { at: new Date(Date.now() + 60_000).toISOString(), ...change }],
  ] as const) {
    const answer = await ask(theirs.context().request, procedure, input);
    expect([procedure, answer.status, answer.code]).toEqual([procedure, 403, "FORBIDDEN"]);
  }
  // Without a session at all: the same request is nobody's.
  const nobody = await (await strangersPage(browser))
    .context()
    .request.post(`${consoleUrl()}/api/trpc/publish.commit`, {
      headers: { origin: consoleUrl() },
      data: { json: change },
    });
  expect(nobody.status()).toBe(401);
  expect((await leverOf(request, COMMENTS)).revision).toBe(before.revision);
});
