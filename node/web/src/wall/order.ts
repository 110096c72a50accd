// SPDX-License-Identifier: Apache-2.0
// The order of rows and what counts as trouble.
import type { Alarm, DeviceRow, StandRow, StockRow } from "../shared/contract";

export type StandColumn = "stand" | "sales" | "amount" | "last";
export interface Sort<C> {
  by: C;
  down: boolean;
}

// Numbers start with the greatest, names with A.
export function turn<C extends string>(sort: Sort<C>, by: C, names: readonly C[]): Sort<C> {
  return sort.by === by ? { by, down: !sort.down } : { by, down: !names.includes(by) };
}

const byName = new Intl.Collator("es", { numeric: true }).compare;

export function sortStands(rows: readonly StandRow[], sort: Sort<StandColumn>): StandRow[] {
  const sign = sort.down ? -1 : 1;
  return [...rows].sort((a, b) => {
    // The latest sale is the greatest; a stand without one comes last whatever the direction.
    if (sort.by === "last" && (a.last_sale_ms === null) !== (b.last_sale_ms === null)) {
      return a.last_sale_ms === null ? 1 : -1;
    }
    const order =
      sort.by === "stand"
        ? byName(a.stand, b.stand)
        : sort.by === "sales"
          ? a.sales - b.sales
          : sort.by === "amount"
            ? a.amount_minor - b.amount_minor
            : (b.last_sale_ms ?? 0) - (a.last_sale_ms ?? 0);
    return order * sign || byName(a.stand, b.stand);
  });
}

export type DeviceState =
  | "revoked"
  | "forked"
  | "uncertified"
  | "silent"
  | "never"
  | "spare"
  | "linked"
  | "reached";

const SPARES = new Set(["hub", "supervisor"]);

export function deviceState(row: DeviceRow, silent: ReadonlySet<string>): DeviceState {
  if (row.standing !== "certified") return row.standing;
  if (row.linked) return "linked";
  // Hubs and supervisors are certified before anybody takes them into use.
  if (row.heard_ms === null) return SPARES.has(row.role) ? "spare" : "never";
  return silent.has(row.device) ? "silent" : "reached";
}

export function silentDevices(alarms: readonly Alarm[]): Set<string> {
  return new Set(
    alarms.flatMap(({ kind, device }) => (kind === "silent-device" && device ? [device] : [])),
  );
}

const STATE_RANK: Record<DeviceState, number> = {
  forked: 0,
  revoked: 1,
  silent: 2,
  uncertified: 3,
  never: 4,
  reached: 6,
  linked: 6,
  spare: 7,
};
const FINE = 6;

export interface RankedDevice {
  row: DeviceRow;
  state: DeviceState;
  troubled: boolean;
}

export function rankDevices(
  rows: readonly DeviceRow[],
  silent: ReadonlySet<string>,
): RankedDevice[] {
  const rank = ({ row, state }: RankedDevice): number =>
    STATE_RANK[state] === FINE && row.missing.events > 0 ? FINE - 1 : STATE_RANK[state];
  return rows
    .map((row) => {
      const state = deviceState(row, silent);
      return { row, state, troubled: STATE_RANK[state] < FINE || row.missing.events > 0 };
    })
    .sort(
      (a, b) =>
        rank(a) - rank(b) ||
        b.row.missing.amount_minor - a.row.missing.amount_minor ||
        byName(a.row.device, b.row.device),
    );
}

// What is missing first, the dearest on top; then by stand and item.
export function sortStock(rows: readonly StockRow[], stand: string): StockRow[] {
  const missing = (row: StockRow): boolean => row.missing !== null && row.missing !== 0;
  return rows
    .filter((row) => !stand || row.stand === stand)
    .sort(
      (a, b) =>
        Number(missing(b)) - Number(missing(a)) ||
        (b.missing_minor ?? 0) - (a.missing_minor ?? 0) ||
        byName(a.stand, b.stand) ||
        byName(a.sku, b.sku),
    );
}

// Alarms before notices, the newest first where they say when; else in the order they came.
export function sortAlarms(alarms: readonly Alarm[]): Alarm[] {
  const since = (alarm: Alarm): number => alarm.since_ms ?? alarm.heard_ms ?? Infinity;
  return [...alarms].sort((a, b) => {
    if (a.severity !== b.severity) return a.severity === "alarm" ? -1 : 1;
    const [x, y] = [since(a), since(b)];
    return x === y ? 0 : x - y;
  });
}
