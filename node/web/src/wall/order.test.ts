// SPDX-License-Identifier: Apache-2.0
import { expect, it } from "vitest";
import type { Alarm, DeviceRow, StandRow, StockRow } from "../shared/contract";
import { rankDevices, silentDevices, sortAlarms, sortStands, sortStock, turn } from "./order";

const stand = (name: string, sales: number, amount: number, last: number | null): StandRow => ({
  stand: name,
  zone: "norte",
  devices: 1,
  sales,
  amount_minor: amount,
  last_sale_ms: last,
});

const device = (name: string, more: Partial<DeviceRow>): DeviceRow => ({
  device: name,
  role: "pos",
  stand: "barra-1",
  zone: "norte",
  standing: "certified",
  linked: true,
  heard_ms: 100,
  events: 1,
  missing: { events: 0, amount_minor: 0 },
  taps: null,
  ...more,
});

const stock = (
  name: string,
  sku: string,
  missing: number | null,
  minor: number | null,
): StockRow => ({
  stand: name,
  sku,
  name: {},
  unit: "piece",
  left: 1,
  counted: missing === null ? null : 1,
  missing,
  missing_minor: minor,
});

it("sorts stands by any column, numbers in names as numbers", () => {
  const rows = [
    stand("barra-10", 1, 300, null),
    stand("barra-2", 3, 100, 50),
    stand("barra-1", 2, 200, 10),
  ];
  const order = (by: "stand" | "sales" | "amount" | "last", down: boolean): string[] =>
    sortStands(rows, { by, down }).map((row) => row.stand);
  expect(order("stand", false)).toEqual(["barra-1", "barra-2", "barra-10"]);
  expect(order("sales", true)).toEqual(["barra-2", "barra-1", "barra-10"]);
  expect(order("amount", true)).toEqual(["barra-10", "barra-1", "barra-2"]);
  expect(order("last", true)).toEqual(["barra-1", "barra-2", "barra-10"]);
  expect(order("last", false)).toEqual(["barra-2", "barra-1", "barra-10"]);
});

it("turns the direction at the second touch", () => {
  expect(turn({ by: "amount", down: true }, "amount", ["stand"])).toEqual({
    by: "amount",
    down: false,
  });
  expect(turn({ by: "amount", down: true }, "stand", ["stand"]).down).toBe(false);
});

it("puts troubled devices first", () => {
  const rows = [
    device("caja-1", {}),
    device("caja-2", { missing: { events: 2, amount_minor: 500 } }),
    device("caja-3", { linked: false, heard_ms: 900_000 }),
    device("caja-4", { standing: "forked", linked: false }),
    device("caja-5", { linked: false, heard_ms: null }),
    device("caja-6", { linked: false, heard_ms: 2000 }),
  ];
  const silent = silentDevices([
    { kind: "silent-device", severity: "alarm", device: "caja-3" },
    { kind: "fork", severity: "alarm", device: "caja-4" },
  ]);
  const ranked = rankDevices(rows, silent);
  expect(ranked.map(({ row, state }) => `${row.device} ${state}`)).toEqual([
    "caja-4 forked",
    "caja-3 silent",
    "caja-5 never",
    "caja-2 linked",
    "caja-1 linked",
    "caja-6 reached",
  ]);
  expect(ranked.filter(({ troubled }) => troubled)).toHaveLength(4);
});

it("puts what is missing first", () => {
  const rows = [
    stock("barra-1", "water", null, null),
    stock("barra-1", "beer", 0, 0),
    stock("barra-2", "beer", 3, 750),
    stock("barra-1", "cider", -2, -800),
  ];
  expect(sortStock(rows, "").map((row) => row.missing)).toEqual([3, -2, 0, null]);
  expect(sortStock(rows, "barra-2")).toHaveLength(1);
});

it("puts alarms before notices, the newest first", () => {
  const alarms: Alarm[] = [
    { kind: "gap", severity: "notice" },
    { kind: "silent-device", severity: "alarm", heard_ms: 9000 },
    { kind: "silent-device", severity: "alarm", heard_ms: 1000 },
    { kind: "no-progress", severity: "notice", since_ms: 5 },
  ];
  expect(sortAlarms(alarms).map(({ kind, heard_ms }) => `${kind} ${heard_ms ?? ""}`)).toEqual([
    "silent-device 1000",
    "silent-device 9000",
    "no-progress ",
    "gap ",
  ]);
});

it("puts a hub or supervisor that nobody uses yet last, and calls it a spare", () => {
  const unheard = { linked: false, heard_ms: null, events: 0 };
  const rows = [
    device("hub-2", { ...unheard, role: "hub" }),
    device("pos-2", {}),
    device("pos-9", { ...unheard, role: "vendor" }),
  ];
  const ranked = rankDevices(rows, new Set());
  expect(ranked.map(({ row, state, troubled }) => [row.device, state, troubled])).toEqual([
    ["pos-9", "never", true],
    ["pos-2", "linked", false],
    ["hub-2", "spare", false],
  ]);
});
