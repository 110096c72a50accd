// SPDX-License-Identifier: Apache-2.0
// The wall's machine, wired to this browser, and its state for the components.
import { after, browserApi, browserLive } from "../shared/browser";
import { AsksScreen, NO_ASKS, type AsksState } from "./asks";
import { Loader, NOT_LOADED, type Loaded } from "./loader";
import { EMPTY, WallScreen, type WallState } from "./machine";
import type { SettlementReport, SheetsReport, ShrinkageReport } from "./reports";
import type { BandsReport, VouchersReport } from "./value";

class View {
  s: WallState = $state.raw(EMPTY);
  asks: AsksState = $state.raw(NO_ASKS);
  sheets: Loaded<SheetsReport> = $state.raw(NOT_LOADED);
  shrinkage: Loaded<ShrinkageReport> = $state.raw(NOT_LOADED);
  settlement: Loaded<SettlementReport> = $state.raw(NOT_LOADED);
  vouchers: Loaded<VouchersReport> = $state.raw(NOT_LOADED);
  bands: Loaded<BandsReport> = $state.raw(NOT_LOADED);
}

export const view = new View();

const now = (): number => Date.now();
export const api = browserApi();

export const asks = new AsksScreen(api, now);
asks.onChange = (state) => {
  view.asks = state;
};

export const loaders = {
  sheets: new Loader<SheetsReport>(api, now),
  shrinkage: new Loader<ShrinkageReport>(api, now),
  settlement: new Loader<SettlementReport>(api, now),
  vouchers: new Loader<VouchersReport>(api, now),
  bands: new Loader<BandsReport>(api, now),
};
loaders.sheets.onChange = (state) => {
  view.sheets = state;
};
loaders.shrinkage.onChange = (state) => {
  view.shrinkage = state;
};
loaders.settlement.onChange = (state) => {
  view.settlement = state;
};
loaders.vouchers.onChange = (state) => {
  view.vouchers = state;
};
loaders.bands.onChange = (state) => {
  view.bands = state;
};

export const wall = new WallScreen({
  api,
  live: (handlers) => browserLive(api, handlers),
  now,
  after,
  onAsks: (data) => asks.take(data),
});

wall.onChange = (state) => {
  const live = state.phase === "live";
  const wasLive = view.s.phase === "live";
  view.s = state;
  if (live && !wasLive) void asks.load();
  if (!live && wasLive) {
    asks.forget();
    Object.values(loaders).forEach((loader) => loader.forget());
  }
};
