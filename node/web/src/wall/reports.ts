// SPDX-License-Identifier: Apache-2.0
// What the books say (docs/http.md, reports): its objects, and their rows in the order shown.
import { sum, type Minor } from "../shared/money";

export interface SheetLine {
  sku: string;
  expected_start: number | null;
  counted_start: number | null;
  in: number | null;
  out: number | null;
  sold: number | null;
  gratis: number | null;
  waste: number | null;
  expected_end: number | null;
  counted_end: number | null;
  recount: boolean;
  variance: number | null;
  variance_at_price_minor: Minor | null;
  variance_at_cost_minor: Minor | null;
}

export type SheetState = "open" | "closed" | "final";

export interface Sheet {
  holder: string;
  sheet: number;
  state: SheetState;
  waits_for: string[];
  counters: string[];
  lines: SheetLine[];
}

export interface SheetsReport {
  sheets: Sheet[];
}

export interface FindingLine {
  sku: string;
  units: number;
  amount_minor: Minor;
  beyond: boolean;
}

export interface Finding {
  kind: string;
  holder: string;
  persons: string[];
  subject: string;
  sheets: number[];
  amount_minor: Minor;
  units: number;
  confidence_ppm: number;
  adds_to_loss: boolean;
  text: string;
  lines: FindingLine[];
  evidence: string[];
}

export interface Unjudged {
  holder: string;
  sheet: number;
  reason: "provisional" | "not-counted" | "out-of-range";
}

export interface ShrinkageReport {
  findings: Finding[];
  unjudged: Unjudged[];
  loss_minor: Minor;
}

export interface SettlementRow {
  holder: string;
  sheet: number;
  final: boolean;
  cash_minor: Minor;
  purse_minor: Minor;
  other_minor: Minor;
  voided_minor: Minor;
  turnover_minor: Minor;
  charged_minor: Minor;
  tips_minor: Minor;
  fees_minor: Minor;
  deposits_minor: Minor;
  commission_minor: Minor;
  hold_back_minor: Minor;
  missing_goods_minor: Minor;
  drawer_short_minor: Minor;
  short_delivery_minor: Minor;
  cash_kept_minor: Minor;
  payable_minor: Minor;
  from_ms: number;
  until_ms: number;
}

export interface SettlementReport {
  settlements: SettlementRow[];
}

// One event as evidence.
export interface ToldEvent {
  id: string;
  kind: string;
  text: string;
  device: string;
  stand: string;
  staff: string;
  at_ms: number;
  sheet: number;
  counts: boolean | null;
  amount_minor: Minor | null;
  lines: { sku: string; quantity: number; amount_minor: Minor | null }[];
}

export const REPORTS = ["sheets", "shrinkage", "settlement", "vouchers", "bands"] as const;
export type ReportName = (typeof REPORTS)[number];

export function reportPath(name: ReportName, stand = ""): string {
  return `/api/report/${name}${stand ? `?stand=${encodeURIComponent(stand)}` : ""}`;
}

// A browser opens a link in its own language, so the page's goes along.
export function csvPath(name: ReportName, language: string, stand = ""): string {
  const wanted = stand ? `&stand=${encodeURIComponent(stand)}` : "";
  return `/api/report/${name}?format=csv&lang=${encodeURIComponent(language)}${wanted}`;
}

const byName = new Intl.Collator("es", { numeric: true }).compare;

export function holders(rows: readonly { holder: string }[]): string[] {
  return [...new Set(rows.map((row) => row.holder).filter(Boolean))].sort(byName);
}

export interface ShownLine extends SheetLine {
  previous_end: number | null; // of the sheet before; null where there is none
  thousandths: number | null; // of what was handled: start and what came in
}

export interface ShownSheet extends Sheet {
  lines: ShownLine[];
}

function endOf(line: SheetLine | undefined): number | null {
  return line?.counted_end ?? line?.expected_end ?? null;
}

export function varianceThousandths(line: SheetLine): number | null {
  const start = line.counted_start ?? line.expected_start;
  if (line.variance === null || start === null || line.in === null) return null;
  const handled = start + line.in;
  return handled > 0 ? Math.round((line.variance * 1000) / handled) : null;
}

// By stand, the newest sheet first; within a sheet what is worth most first.
export function shownSheets(report: SheetsReport, stand: string, sku: string): ShownSheet[] {
  const found = new Map<string, Map<string, SheetLine>>();
  for (const sheet of report.sheets) {
    const lines = new Map(sheet.lines.map((line) => [line.sku, line]));
    found.set(`${sheet.holder}/${sheet.sheet}`, lines);
  }
  const worth = (line: SheetLine): number => Math.abs(line.variance_at_price_minor ?? 0);
  return report.sheets
    .filter((sheet) => !stand || sheet.holder === stand)
    .map((sheet) => {
      const before = found.get(`${sheet.holder}/${sheet.sheet - 1}`);
      const lines = sheet.lines
        .filter((line) => !sku || line.sku === sku)
        .map((line) => ({
          ...line,
          previous_end: endOf(before?.get(line.sku)),
          thousandths: varianceThousandths(line),
        }))
        .sort((a, b) => worth(b) - worth(a) || byName(a.sku, b.sku));
      return { ...sheet, lines };
    })
    .filter((sheet) => sheet.lines.length > 0)
    .sort((a, b) => byName(a.holder, b.holder) || b.sheet - a.sheet);
}

// Whole sheets until so many lines are shown.
export function firstSheets(sheets: readonly ShownSheet[], lines: number): ShownSheet[] {
  const out: ShownSheet[] = [];
  let shown = 0;
  for (const sheet of sheets) {
    if (shown >= lines) break;
    out.push(sheet);
    shown += sheet.lines.length;
  }
  return out;
}

export function itemsOf(report: SheetsReport): string[] {
  return [...new Set(report.sheets.flatMap((sheet) => sheet.lines.map(({ sku }) => sku)))].sort(
    byName,
  );
}

// The dearest first; what is too much comes last.
export function sortFindings(rows: readonly Finding[], stand: string): Finding[] {
  return rows
    .filter((row) => !stand || row.holder === stand)
    .sort((a, b) => b.amount_minor - a.amount_minor || byName(a.holder, b.holder));
}

export function findingKey(row: Finding): string {
  return [row.kind, row.holder, row.sheets.join("+"), row.subject, row.persons.join("+")].join("/");
}

// In hundredths of a per cent, rounded down: 100 % is only what is known from evidence.
export function confidence(ppm: number): { sure: boolean; hundredths: number } {
  const size = Math.min(1_000_000, Math.max(0, ppm));
  return { sure: size === 1_000_000, hundredths: Math.floor(size / 100) };
}

// "2026-08-14" in the festival's zone. A sheet belongs to the day on which it began: nights go on.
export function dayOf(ms: number, zone: string): string {
  const wanted = { year: "numeric", month: "2-digit", day: "2-digit" } as const;
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat("en-CA", { ...wanted, timeZone: zone });
  } catch {
    format = new Intl.DateTimeFormat("en-CA", wanted); // a zone this browser does not know
  }
  return format.format(ms);
}

export const SUMS = [
  "cash_minor",
  "purse_minor",
  "other_minor",
  "voided_minor",
  "turnover_minor",
  "charged_minor",
  "tips_minor",
  "fees_minor",
  "deposits_minor",
  "commission_minor",
  "hold_back_minor",
  "missing_goods_minor",
  "drawer_short_minor",
  "short_delivery_minor",
  "cash_kept_minor",
  "payable_minor",
] as const;
export type SumName = (typeof SUMS)[number];

export interface StandDay extends Record<SumName, Minor> {
  holder: string;
  day: string;
  sheets: number[];
  final: boolean; // all of its sheets are
}

// The newest day first, then by stand.
export function standDays(rows: readonly SettlementRow[], zone: string): StandDay[] {
  const groups = new Map<string, SettlementRow[]>();
  for (const row of rows) {
    const key = `${dayOf(row.from_ms, zone)} ${row.holder}`;
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  const days = [...groups].map(([key, group]) => {
    const sums = SUMS.map((name) => [name, sum(group.map((row) => row[name]))] as const);
    return {
      ...(Object.fromEntries(sums) as Record<SumName, Minor>),
      holder: key.slice(11),
      day: key.slice(0, 10),
      sheets: group.map(({ sheet }) => sheet).sort((a, b) => a - b),
      final: group.every((row) => row.final),
    };
  });
  return days.sort((a, b) => byName(b.day, a.day) || byName(a.holder, b.holder));
}
