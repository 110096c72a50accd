// SPDX-License-Identifier: Apache-2.0
import "../shared/base.css";
import { mount } from "svelte";
import { cannotStart } from "../shared/browser";
import { startClock } from "../shared/clock.svelte";
import { say } from "../shared/say.svelte";
import Till from "./Till.svelte";
import { till } from "./view.svelte";

async function start(): Promise<void> {
  const ready = till.start();
  await say.start(null);
  startClock();
  const target = document.getElementById("app");
  if (target) mount(Till, { target });
  await ready;
}

start().catch(cannotStart);

if ("serviceWorker" in navigator && import.meta.env.PROD) {
  // Without it the till works all the same; only its shell does not open without the node.
  navigator.serviceWorker.register("/sw.js").catch((error: unknown) => console.warn(error));
}
