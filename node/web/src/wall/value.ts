// SPDX-License-Identifier: Apache-2.0
// Value on paper and bands that are no longer taken (docs/http.md, reports).
import type { Minor } from "../shared/money";

export interface VoucherSums {
  vouchers: number;
  issued_minor: Minor;
  spent: number;
  spent_minor: Minor;
  open: number;
  open_minor: Minor;
  overdrawn: number;
  overdrawn_minor: Minor;
}

export interface IssuerRow extends VoucherSums {
  issuer: string | null; // null: nobody is known to have issued them
}

export interface OverdrawnVoucher {
  voucher: string;
  issuer: string | null;
  worth_minor: Minor;
  overdrawn_minor: Minor;
  sales: { stand: string; sale: string }[];
}

export interface VouchersReport extends VoucherSums {
  forfeited_minor: Minor;
  issuers: IssuerRow[];
  overdrawn_vouchers: OverdrawnVoucher[];
}

export interface BandRow {
  purse: string;
  blocked: boolean;
  replaced_by: string | null;
  replaced_twice: boolean;
  moved_minor: Minor;
  left_minor: Minor;
  waits_for: string[];
}

export interface BandsReport {
  blocked: number;
  replaced: number;
  bands: BandRow[]; // not all where there are many
}

// What somebody at the help desk can still do about a band.
export type BandState = "new-band" | "waits" | "ask-again" | "done";

export function bandState(row: BandRow): BandState {
  if (row.left_minor <= 0) return "done";
  if (row.replaced_by === null) return "new-band";
  return row.waits_for.length > 0 ? "waits" : "ask-again";
}

// Each stand once, in the order of the sales.
export function standsOf(row: OverdrawnVoucher): string[] {
  return [...new Set(row.sales.map(({ stand }) => stand))];
}

export function isShort(report: BandsReport): boolean {
  return report.bands.length < report.blocked + report.replaced;
}
