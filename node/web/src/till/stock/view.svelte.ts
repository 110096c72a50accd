// SPDX-License-Identifier: Apache-2.0
// The stock page's machine, wired to this browser, and its state for the components.
import { after } from "../../shared/browser";
import { newIntent } from "../../shared/intents";
import { api, till } from "../view.svelte";
import { Drafts } from "./drafts";
import { StockPage, START, type StockState } from "./machine";

class View {
  s: StockState = $state.raw(START);
}

export const view = new View();

export const page = new StockPage({
  api,
  intent: () => newIntent(),
  after,
  drafts: new Drafts(() => localStorage),
  sessionOver: () => till.sessionOver(),
  tokenIsOld: () => till.tokenIsOld(),
});

page.onChange = (state) => {
  view.s = state;
};
