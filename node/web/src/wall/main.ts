// SPDX-License-Identifier: Apache-2.0
import "../shared/base.css";
import "./wall.css";
import { mount } from "svelte";
import { cannotStart } from "../shared/browser";
import { startClock } from "../shared/clock.svelte";
import { say } from "../shared/say.svelte";
import { wall } from "./view.svelte";
import Wall from "./Wall.svelte";

async function start(): Promise<void> {
  const ready = wall.start();
  await say.start(null);
  startClock();
  const target = document.getElementById("app");
  if (target) mount(Wall, { target });
  await ready;
}

start().catch(cannotStart);
