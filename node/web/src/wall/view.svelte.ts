// SPDX-License-Identifier: Apache-2.0
// The wall's machine, wired to this browser, and its state for the components.
import { after, browserApi, browserLive } from "../shared/browser";
import { EMPTY, WallScreen, type WallState } from "./machine";

class View {
  s: WallState = $state.raw(EMPTY);
}

export const view = new View();

const api = browserApi();

export const wall = new WallScreen({
  api,
  live: (handlers) => browserLive(api, handlers),
  now: () => Date.now(),
  after,
});

wall.onChange = (state) => {
  view.s = state;
};
