// SPDX-License-Identifier: Apache-2.0
// What a person types while counting, in whole numbers only, and how far a count has come.
import type { CountProgress, Line, StockItem } from "../../shared/contract";

export const UNITS_MAX = 10_000_000; // of one item, as the node takes them
export const DIGITS_MAX = 8;
export const LOOSE = ""; // the field for single units beside those for packs

export interface Pack {
  name: string;
  units: number;
}

// Digits by field. None: somebody looked, and there are none.
export interface Row {
  fields: Readonly<Record<string, string>>;
  none: boolean;
}
export type Rows = Readonly<Record<string, Row>>;

export const UNTOUCHED: Row = { fields: {}, none: false };

export type Problem = "not-whole" | "too-many";
export type Figure =
  | { kind: "untouched" }
  | { kind: "units"; units: number }
  | { kind: "wrong"; problem: Problem };

// Greatest first. A pack of one unit, or of none, is no pack.
export function packsOf(item: StockItem): Pack[] {
  return Object.entries(item.packs)
    .map(([name, units]) => ({ name, units }))
    .filter(({ name, units }) => name !== LOOSE && Number.isSafeInteger(units) && units > 1)
    .sort((a, b) => b.units - a.units || (a.name < b.name ? -1 : 1));
}

export function isDigits(text: string): boolean {
  return text.length <= DIGITS_MAX && /^\d*$/.test(text);
}

// Packs and loose units together. A field left empty beside others counts as none of it; a row
// without any figure is not counted, which is not the same as none.
export function figureOf(row: Row, packs: readonly Pack[]): Figure {
  const sizes = new Map([[LOOSE, 1], ...packs.map(({ name, units }) => [name, units] as const)]);
  const typed = Object.entries(row.fields).filter(([, text]) => text !== "");
  if (typed.length === 0) return row.none ? { kind: "units", units: 0 } : { kind: "untouched" };
  let units = 0n;
  for (const [field, text] of typed) {
    const size = sizes.get(field);
    if (size === undefined || !isDigits(text)) return { kind: "wrong", problem: "not-whole" };
    units += BigInt(text) * BigInt(size);
  }
  if (units > BigInt(UNITS_MAX)) return { kind: "wrong", problem: "too-many" };
  return { kind: "units", units: Number(units) };
}

export function rowOf(rows: Rows, sku: string): Row {
  return rows[sku] ?? UNTOUCHED;
}

// What is no digit, or one digit too many, leaves the row as it was.
export function typed(rows: Rows, sku: string, field: string, text: string): Rows {
  if (!isDigits(text)) return rows;
  const fields = { ...rowOf(rows, sku).fields, [field]: text };
  return { ...rows, [sku]: { fields, none: false } };
}

export function saidNone(rows: Rows, sku: string): Rows {
  return { ...rows, [sku]: { fields: {}, none: true } };
}

// What is to be counted: what this stand sells and what somebody added; all where it sells nothing
// by itself. A recount asks for what differed; what was agreed on goes along as it is.
export interface Task {
  rows: readonly StockItem[];
  others: readonly StockItem[];
  settled: readonly Line[];
}

export function taskOf(
  items: readonly StockItem[],
  progress: CountProgress,
  me: string,
  extra: readonly string[],
): Task {
  if (standing(progress, me).kind === "recount") {
    const rows = items.filter(({ sku }) => progress.recount.includes(sku));
    return { rows, others: [], settled: progress.agreed };
  }
  const any = items.some(({ here }) => here);
  const isRow = (item: StockItem): boolean => !any || item.here || extra.includes(item.sku);
  return {
    rows: items.filter(isRow),
    others: items.filter((item) => !isRow(item)),
    settled: [],
  };
}

// The lines of the count, or what still stands against it.
export type Lines = { lines: Line[] } | { open: string[] };

export function linesOf(task: Task, rows: Rows): Lines {
  const lines: Line[] = [...task.settled];
  const open: string[] = [];
  for (const item of task.rows) {
    const figure = figureOf(rowOf(rows, item.sku), packsOf(item));
    if (figure.kind === "units") lines.push({ sku: item.sku, quantity: figure.units });
    else open.push(item.sku);
  }
  return open.length > 0 || lines.length === 0 ? { open } : { lines };
}

export function countedRows(task: Task, rows: Rows): number {
  return task.rows.filter(
    (item) => figureOf(rowOf(rows, item.sku), packsOf(item)).kind === "units",
  ).length;
}

export type Standing =
  | { kind: "nothing" }
  | { kind: "to-count"; after: readonly string[] } // after others who are done already
  | { kind: "waiting"; others: readonly string[] } // for a second person's figures
  | { kind: "recount"; attempt: number }
  | { kind: "done"; agreed: readonly Line[] };

export function standing(progress: CountProgress | null, me: string): Standing {
  if (!progress) return { kind: "nothing" };
  const { persons, agreed, recount } = progress;
  if (recount.length === 0 && agreed.length > 0) return { kind: "done", agreed };
  const own = persons.find(({ person }) => person === me);
  const others = persons.filter(({ person }) => person !== me).map(({ person }) => person);
  if (!own) return { kind: "to-count", after: others };
  if (own.attempt > own.opened || recount.length === 0) return { kind: "waiting", others };
  return { kind: "recount", attempt: own.attempt + 1 };
}

export function attemptOf(progress: CountProgress, me: string): number {
  return (progress.persons.find(({ person }) => person === me)?.attempt ?? 0) + 1;
}
