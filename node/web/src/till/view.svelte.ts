// SPDX-License-Identifier: Apache-2.0
// The till's machine, wired to this browser, and its state for the components.
import { after, browserApi, browserLive } from "../shared/browser";
import { newIntent } from "../shared/intents";
import { Till, type Ports } from "./machine";
import { EMPTY, type Attempt, type TillState } from "./state";

const KEPT = "verbena-attempt";

// An attempt without an answer outlives a reload of the page: it is asked again, not made anew.
const kept: Ports["kept"] = {
  load() {
    try {
      const attempt = JSON.parse(localStorage.getItem(KEPT) ?? "null") as Attempt | null;
      return attempt && { ...attempt, doubtful: true };
    } catch {
      return null;
    }
  },
  save(attempt) {
    try {
      if (attempt) localStorage.setItem(KEPT, JSON.stringify(attempt));
      else localStorage.removeItem(KEPT);
    } catch {
      // Without storage an attempt lasts as long as the page.
    }
  },
};

class View {
  s: TillState = $state.raw(EMPTY);
}

export const view = new View();

export const api = browserApi();

export const till = new Till({
  api,
  live: (handlers) => browserLive(api, handlers),
  intent: () => newIntent(),
  now: () => Date.now(),
  after,
  kept,
});

till.onChange = (state) => {
  view.s = state;
};
