import { ChosenStores } from "../support/chosen-stores.ts";
import { DemoProcess } from "../support/demo-process.ts";

/** Starts the demo, whole, for the browser tests; they read where it is from these variables. */
export default async function start(): Promise<() => Promise<void>> {
  const stores = await ChosenStores.open({ LEVERFRAME_TELEMETRY: "on" });
  const demo = await DemoProcess.start({ env: { LOAD_PER_SECOND: "4", ...stores.env } });
  process.env["LEVERFRAME_TEST_URL"] = demo.places.console;
  process.env["LEVERFRAME_TEST_LOGIN_URL"] = demo.places.login;
  process.env["LEVERFRAME_TEST_SHOP_URL"] = demo.places.shop;
  process.env["LEVERFRAME_TEST_WINDOW_URL"] = demo.places.window;
  return async () => {
    await demo[Symbol.asyncDispose]();
    await stores[Symbol.asyncDispose]();
  };
}
