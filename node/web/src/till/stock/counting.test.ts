// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import type { CountProgress, StockItem } from "../../shared/contract";
import {
  attemptOf,
  countedRows,
  figureOf,
  isDigits,
  linesOf,
  LOOSE,
  packsOf,
  saidNone,
  standing,
  taskOf,
  typed,
  UNITS_MAX,
  type Rows,
} from "./counting";

const item = (sku: string, packs: Record<string, number> = {}, here = true): StockItem => ({
  sku,
  name: {},
  unit: "piece",
  packs,
  here,
});
const beer = item("beer", { crate: 24, keg: 100 });
const water = item("water");
const ice = item("ice", {}, false);
const row = (fields: Record<string, string>, none = false) => ({ fields, none });
const fresh: CountProgress = { sheet: 2, persons: [], agreed: [], recount: [] };
const who = (person: string, attempt: number, opened: number) => ({ person, attempt, opened });

describe("packs and loose units", () => {
  it("names packs greatest first, and none of one unit or of a part of one", () => {
    expect(packsOf(beer).map(({ name }) => name)).toEqual(["keg", "crate"]);
    expect(packsOf(item("x", { one: 1, nil: 0, half: 1.5, huge: 2 ** 60, six: 6 }))).toEqual([
      { name: "six", units: 6 },
    ]);
  });

  it("adds packs and loose units in whole numbers", () => {
    const packs = packsOf(beer);
    expect(figureOf(row({ crate: "3", [LOOSE]: "5" }), packs)).toEqual({ kind: "units", units: 77 });
    expect(figureOf(row({ keg: "2", crate: "", [LOOSE]: "007" }), packs)).toEqual({
      kind: "units",
      units: 207,
    });
  });

  it("keeps an empty row apart from zero", () => {
    expect(figureOf(row({}), [])).toEqual({ kind: "untouched" });
    expect(figureOf(row({ crate: "", [LOOSE]: "" }), packsOf(beer))).toEqual({ kind: "untouched" });
    expect(figureOf(row({ [LOOSE]: "0" }), [])).toEqual({ kind: "units", units: 0 });
    expect(figureOf(row({}, true), [])).toEqual({ kind: "units", units: 0 });
  });

  it("refuses what is negative, broken, no number, or of a pack that is not known", () => {
    for (const text of ["-3", "1.5", "1e3", " 4", "0x10", "٣", "123456789"]) {
      expect(figureOf(row({ [LOOSE]: text }), []), text).toEqual({
        kind: "wrong",
        problem: "not-whole",
      });
      expect(isDigits(text), text).toBe(false);
    }
    expect(figureOf(row({ pallet: "1" }), packsOf(beer)).kind).toBe("wrong");
  });

  it("refuses more units than the node takes, also where the product leaves the safe integers", () => {
    expect(figureOf(row({ [LOOSE]: String(UNITS_MAX) }), [])).toEqual({
      kind: "units",
      units: UNITS_MAX,
    });
    const over = { kind: "wrong", problem: "too-many" };
    expect(figureOf(row({ [LOOSE]: String(UNITS_MAX + 1) }), [])).toEqual(over);
    expect(figureOf(row({ crate: "416666", [LOOSE]: "17" }), packsOf(beer))).toEqual(over);
    const lot = packsOf(item("x", { lot: 4_294_967_295 }));
    expect(figureOf(row({ lot: "99999999" }), lot)).toEqual(over);
  });

  it("takes only digits from the keys, and a figure ends what was said of none", () => {
    let rows: Rows = saidNone({}, "beer");
    rows = typed(rows, "beer", "crate", "3");
    expect(rows["beer"]).toEqual({ fields: { crate: "3" }, none: false });
    expect(typed(rows, "beer", "crate", "3-")).toBe(rows);
    expect(saidNone(rows, "beer")["beer"]).toEqual({ fields: {}, none: true });
  });
});

describe("the list of a count", () => {
  const items = [beer, water, ice];

  it("asks for what this stand sells, and for what somebody adds", () => {
    expect(taskOf(items, fresh, "ana", []).rows).toEqual([beer, water]);
    expect(taskOf(items, fresh, "ana", []).others).toEqual([ice]);
    expect(taskOf(items, fresh, "ana", ["ice"]).rows).toEqual(items);
    expect(taskOf([ice], fresh, "ana", []).rows).toEqual([ice]);
  });

  it("has no lines before every row is counted or said to be none", () => {
    const task = taskOf(items, fresh, "ana", []);
    let rows = typed({}, "beer", "crate", "2");
    expect(linesOf(task, rows)).toEqual({ open: ["water"] });
    expect(countedRows(task, rows)).toBe(1);
    rows = saidNone(rows, "water");
    expect(linesOf(task, rows)).toEqual({
      lines: [
        { sku: "beer", quantity: 48 },
        { sku: "water", quantity: 0 },
      ],
    });
    expect(linesOf({ rows: [], others: [], settled: [] }, {})).toEqual({ open: [] });
  });

  it("asks again only for what differed, and sends what was agreed along", () => {
    const progress: CountProgress = {
      sheet: 2,
      persons: [who("ana", 1, 1), who("luis", 1, 1)],
      agreed: [{ sku: "water", quantity: 9 }],
      recount: ["beer"],
    };
    const task = taskOf(items, progress, "ana", []);
    expect(task.rows).toEqual([beer]);
    expect(linesOf(task, typed({}, "beer", LOOSE, "7"))).toEqual({
      lines: [
        { sku: "water", quantity: 9 },
        { sku: "beer", quantity: 7 },
      ],
    });
    // A third person starts from nothing.
    expect(taskOf(items, progress, "eva", []).rows).toEqual([beer, water]);
    expect(taskOf(items, progress, "eva", []).settled).toEqual([]);
  });
});

describe("how far a count has come", () => {
  const at = (progress: Partial<CountProgress>, me = "ana") =>
    standing({ ...fresh, ...progress }, me);

  it("has nothing to count before a sheet is closed", () => {
    expect(standing(null, "ana")).toEqual({ kind: "nothing" });
  });

  it("tells who is next, and who waits for a second person", () => {
    const persons = [who("ana", 1, 0)];
    expect(at({})).toEqual({ kind: "to-count", after: [] });
    expect(at({ persons })).toEqual({ kind: "waiting", others: [] });
    expect(at({ persons }, "luis")).toEqual({ kind: "to-count", after: ["ana"] });
  });

  it("waits where both are sealed and not opened yet, instead of being done", () => {
    const persons = [who("ana", 1, 0), who("luis", 1, 0)];
    expect(at({ persons })).toEqual({ kind: "waiting", others: ["luis"] });
  });

  it("asks each of the two once more where they differ, then waits for the other", () => {
    const recount = ["beer"];
    let persons = [who("ana", 1, 1), who("luis", 1, 1)];
    expect(at({ persons, recount })).toEqual({ kind: "recount", attempt: 2 });
    persons = [who("ana", 2, 1), who("luis", 1, 1)];
    expect(at({ persons, recount })).toEqual({ kind: "waiting", others: ["luis"] });
    expect(at({ persons, recount }, "luis")).toEqual({ kind: "recount", attempt: 2 });
    expect(at({ persons, recount }, "eva").kind).toBe("to-count");
    expect(attemptOf({ ...fresh, persons }, "luis")).toBe(2);
    expect(attemptOf({ ...fresh, persons }, "eva")).toBe(1);
  });

  it("is done where two agree on everything, whoever else has counted", () => {
    const persons = [who("ana", 1, 1), who("eva", 1, 0), who("luis", 1, 1)];
    const agreed = [{ sku: "beer", quantity: 7 }];
    expect(at({ persons, agreed }, "eva")).toEqual({ kind: "done", agreed });
  });
});
