// SPDX-License-Identifier: Apache-2.0
// The objects of docs/http.md.
import type { Minor } from "./money";

export interface Names {
  en?: string;
  es?: string;
}

export interface Festival {
  id: string;
  name: string;
  currency: string;
  scale: number;
  language: string;
  time_zone: string;
}

export interface Hello {
  device: string;
  role: string;
  stand: string;
  page: "till" | "wall";
  reader: null | "simulated" | "nfc";
  festival: Festival;
}

export interface Session {
  signed_in: boolean;
  staff?: string;
  roles?: string[];
  token?: string;
}

export type Field = "empty" | "band" | "staff" | "several";

export interface ReaderEvent {
  arrival: number;
  field: Field;
}

// Bands tapped at a device since it started: all, those that left too early, blocked ones refused.
export interface Taps {
  taps: number;
  torn: number;
  blocked: number;
}

export interface TillStatus {
  unwitnessed: { count: number; amount_minor: Minor; age_ms: number | null };
  taps: Taps;
  known_ms: number | null;
  neighbours: number;
  rules: { version: number };
  alarms: Alarm[];
}

export interface TrayBand {
  name: string;
  kind: "band" | "staff";
}

export interface Item {
  sku: string;
  name: Names;
  price_minor: Minor;
  unit: string;
  age_min: number;
  deposit_minor: Minor; // of what is lent with one of them
  meal: boolean; // the crew may have it for a meal
}

export interface Catalogue {
  version: number;
  items: Item[];
}

export type Tender = "cash" | "purse" | "meal" | "voucher";

export interface Line {
  sku: string;
  quantity: number;
}

export interface Receipted {
  id: string;
  amount_minor: Minor;
  state: string;
  purse?: string;
  counter?: number;
  balance_minor?: Minor;
  balance_before_minor?: Minor;
  cash_minor?: Minor; // of the amount, in cash although a band paid the rest
  crew_minor?: Minor; // of the amount, by the festival for its crew
  voucher_minor?: Minor; // of the amount, by vouchers
  meals_left?: number;
}

export interface Balance {
  purse: string;
  counter: number;
  balance_minor: Minor;
  meals_left?: number;
}

export interface Sale {
  id: string;
  at_ms: number;
  tender: Tender;
  amount_minor: Minor;
  lines: Line[];
  open_part: boolean; // paid for a sale still to be made, which has the lines
  voided: boolean;
}

export interface StockItem {
  sku: string;
  name: Names;
  unit: string;
  packs: Record<string, number>; // base units in one
  here: boolean; // this stand sells it, or something made of it
}

export interface CountPerson {
  person: string;
  attempt: number; // the last that is sealed
  opened: number; // the last whose figures are known; 0: none
}

export type CountOf = "opening" | "closing";

export interface CountProgress {
  sheet: number;
  persons: CountPerson[];
  agreed: Line[]; // in base units
  recount: string[];
}

export interface Stock {
  items: StockItem[];
  sheet: number | null;
  to_count: number | null;
  waits_for: string[];
  opening: CountProgress | null;
  closing: CountProgress | null;
  shift: null | { person: string; float_minor: Minor };
}

export interface Done {
  id: string;
  over_minor?: Minor | null;
}

// What the neighbours say about something that needs another person's yes.
export interface Tally {
  needed: number;
  yes: number;
  refused: boolean;
  neighbours: number;
}

export interface Totals {
  sales: number;
  sales_minor: Minor;
  voids_minor: Minor;
  topups_minor: Minor;
  refunds_minor: Minor;
  balances_minor: Minor;
  suspense_minor: Minor;
}

export interface Minute {
  at_ms: number;
  sales: number;
  amount_minor: Minor;
}

export interface TenderRow {
  tender: "cash" | "purse" | "voucher"; // meals are a band's
  sales: number;
  amount_minor: Minor;
}

export interface StandRow {
  stand: string;
  zone: string;
  devices: number;
  sales: number;
  amount_minor: Minor;
  last_sale_ms: number | null;
}

export type Standing = "certified" | "revoked" | "forked" | "uncertified";

export interface DeviceRow {
  device: string;
  role: string;
  stand: string;
  zone: string;
  standing: Standing;
  linked: boolean;
  heard_ms: number | null;
  events: number;
  missing: { events: number; amount_minor: Minor };
  taps: Taps | null;
}

export interface StockRow {
  stand: string;
  sku: string;
  name: Names;
  unit: string;
  left: number | null;
  counted: number | null;
  missing: number | null;
  missing_minor: Minor | null;
}

export interface Alarm {
  kind: string;
  severity: "alarm" | "notice";
  device?: string;
  stand?: string;
  sku?: string;
  purse?: string;
  text?: string;
  frozen?: boolean;
  heard_ms?: number | null;
  since_ms?: number | null;
  events?: number;
  units?: number;
  amount_minor?: Minor;
}

export interface Wall {
  at_ms: number;
  totals: Totals;
  minutes: Minute[];
  tenders: TenderRow[];
  stands: StandRow[];
  devices: DeviceRow[];
  stock: StockRow[];
  alarms: Alarm[];
}
