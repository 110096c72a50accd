// SPDX-License-Identifier: Apache-2.0
import { expect, it } from "vitest";
import {
  confidence,
  csvPath,
  dayOf,
  firstSheets,
  itemsOf,
  reportPath,
  shownSheets,
  sortFindings,
  standDays,
  varianceThousandths,
  type Finding,
  type SettlementRow,
  type Sheet,
  type SheetLine,
} from "./reports";

const line = (sku: string, more: Partial<SheetLine> = {}): SheetLine => ({
  sku,
  expected_start: 0,
  counted_start: null,
  in: 0,
  out: 0,
  sold: 0,
  gratis: 0,
  waste: 0,
  expected_end: 0,
  counted_end: null,
  recount: false,
  variance: null,
  variance_at_price_minor: null,
  variance_at_cost_minor: null,
  ...more,
});

const sheet = (holder: string, number: number, lines: SheetLine[]): Sheet => ({
  holder,
  sheet: number,
  state: "final",
  waits_for: [],
  counters: [],
  lines,
});

const finding = (holder: string, amount: number): Finding => ({
  kind: "variance",
  holder,
  persons: [],
  subject: "",
  sheets: [1],
  amount_minor: amount,
  units: 1,
  confidence_ppm: 1_000_000,
  adds_to_loss: true,
  text: "",
  lines: [],
  evidence: [],
});

const settled = (holder: string, number: number, from: string, payable: number): SettlementRow => ({
  holder,
  sheet: number,
  final: number !== 2,
  cash_minor: 10,
  purse_minor: 0,
  voided_minor: 0,
  other_minor: 0,
  turnover_minor: 10,
  charged_minor: 0,
  tips_minor: 0,
  fees_minor: 0,
  deposits_minor: 0,
  commission_minor: 0,
  hold_back_minor: 0,
  missing_goods_minor: 0,
  drawer_short_minor: 0,
  short_delivery_minor: 0,
  cash_kept_minor: 0,
  payable_minor: payable,
  from_ms: Date.parse(from),
  until_ms: Date.parse(from),
});

it("sets each line beside the end of the sheet before", () => {
  const report = {
    sheets: [
      sheet("barra-2", 1, [line("beer", { counted_end: 9 })]),
      sheet("barra-10", 1, [line("beer", { expected_end: 40, counted_end: 37 }), line("water")]),
      sheet("barra-10", 2, [line("beer"), line("cider")]),
      sheet("barra-10", 3, [line("beer"), line("water")]),
    ],
  };
  const shown = shownSheets(report, "", "");
  expect(shown.map(({ holder, sheet }) => `${holder} ${sheet}`)).toEqual([
    "barra-2 1",
    "barra-10 3",
    "barra-10 2",
    "barra-10 1",
  ]);
  const ends = shown.map((one) => one.lines.map(({ previous_end }) => previous_end));
  expect(ends).toEqual([[null], [0, null], [37, null], [null, null]]);
  expect(shownSheets(report, "barra-10", "cider").map(({ sheet }) => sheet)).toEqual([2]);
  expect(itemsOf(report)).toEqual(["beer", "cider", "water"]);
});

it("puts the line that is worth most first, and shows whole sheets", () => {
  const lines = [
    line("beer", { variance: -1, variance_at_price_minor: -450 }),
    line("gin", { variance: 1, variance_at_price_minor: 900 }),
    line("water"),
  ];
  const shown = shownSheets({ sheets: [sheet("a", 1, lines), sheet("b", 1, lines)] }, "", "");
  expect(shown[0]?.lines.map(({ sku }) => sku)).toEqual(["gin", "beer", "water"]);
  expect(firstSheets(shown, 1)).toHaveLength(1);
  expect(firstSheets(shown, 4)).toHaveLength(2);
});

it("takes the share of a variance from what was handled", () => {
  const counted = { in: 48, counted_start: 2, expected_start: 5 };
  expect(varianceThousandths(line("beer", { ...counted, variance: -3 }))).toBe(-60);
  expect(varianceThousandths(line("beer", { in: 0, variance: 2 }))).toBeNull();
  expect(varianceThousandths(line("beer", { in: 48 }))).toBeNull();
  expect(varianceThousandths(line("beer", { in: null, variance: 1 }))).toBeNull();
});

it("puts the dearest finding first and a surplus last", () => {
  const rows = [finding("a", 5), finding("b", -900), finding("c", 700), finding("a", 30)];
  expect(sortFindings(rows, "").map((row) => row.amount_minor)).toEqual([700, 30, 5, -900]);
  expect(sortFindings(rows, "a")).toHaveLength(2);
});

it("never rounds a likelihood up to certainty", () => {
  expect(confidence(1_000_000)).toEqual({ sure: true, hundredths: 10_000 });
  expect(confidence(999_999)).toEqual({ sure: false, hundredths: 9_999 });
  expect(confidence(997_050)).toEqual({ sure: false, hundredths: 9_970 });
});

it("counts a sheet to the day on which it began, by the festival's clock", () => {
  expect(dayOf(Date.parse("2026-08-14T22:30:00Z"), "Europe/Madrid")).toBe("2026-08-15");
  expect(dayOf(Date.parse("2026-08-14T22:30:00Z"), "UTC")).toBe("2026-08-14");
  expect(dayOf(0, "No/Where")).toMatch(/^19(69|70)-/);
  const rows = [
    settled("barra-10", 1, "2026-08-14T16:00:00Z", 5),
    settled("barra-2", 1, "2026-08-14T16:00:00Z", 1),
    settled("barra-10", 2, "2026-08-14T20:00:00Z", -20),
    settled("barra-10", 3, "2026-08-15T16:00:00Z", 7),
  ];
  const days = standDays(rows, "UTC");
  expect(days.map(({ day, holder, sheets }) => [day, holder, sheets])).toEqual([
    ["2026-08-15", "barra-10", [3]],
    ["2026-08-14", "barra-2", [1]],
    ["2026-08-14", "barra-10", [1, 2]],
  ]);
  expect(days.map(({ payable_minor, final }) => [payable_minor, final])).toEqual([
    [7, true],
    [1, true],
    [-15, false],
  ]);
});

it("asks for a report, of one stand and as a table", () => {
  expect(reportPath("sheets")).toBe("/api/report/sheets");
  expect(reportPath("shrinkage", "bar 1")).toBe("/api/report/shrinkage?stand=bar%201");
  expect(csvPath("settlement", "es")).toBe("/api/report/settlement?format=csv&lang=es");
  expect(csvPath("sheets", "en", "b-1")).toBe("/api/report/sheets?format=csv&lang=en&stand=b-1");
});
