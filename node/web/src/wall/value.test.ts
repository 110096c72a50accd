// SPDX-License-Identifier: Apache-2.0
import { expect, it } from "vitest";
import { bandState, isShort, standsOf, type BandRow } from "./value";

const band = (more: Partial<BandRow> = {}): BandRow => ({
  purse: "00000000000000aa",
  blocked: true,
  replaced_by: null,
  replaced_twice: false,
  moved_minor: 0,
  left_minor: 500,
  waits_for: ["barra-1"],
  ...more,
});

it("says what can still be done about a band that is no longer taken", () => {
  expect(bandState(band())).toBe("new-band");
  expect(bandState(band({ replaced_by: "00000000000000bb" }))).toBe("waits");
  expect(bandState(band({ replaced_by: "00000000000000bb", waits_for: [] }))).toBe("ask-again");
  expect(bandState(band({ left_minor: 0 }))).toBe("done");
  expect(bandState(band({ left_minor: -100, replaced_by: "00000000000000bb" }))).toBe("done");
});

it("names each stand that took a voucher once", () => {
  const sales = ["barra-2", "barra-1", "barra-2"].map((stand) => ({ stand, sale: "00" }));
  const row = { voucher: "aa", issuer: null, worth_minor: 0, overdrawn_minor: 900, sales };
  expect(standsOf(row)).toEqual(["barra-2", "barra-1"]);
});

it("tells when not all bands are listed", () => {
  expect(isShort({ blocked: 1, replaced: 1, bands: [band(), band()] })).toBe(false);
  expect(isShort({ blocked: 2, replaced: 1, bands: [band(), band()] })).toBe(true);
});
