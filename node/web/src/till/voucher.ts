// SPDX-License-Identifier: Apache-2.0
// A voucher's code as a scanner types it: a mark and base45 of what docs/vouchers.md lays out. The
// page reads what it says it is worth; whether that is true, and unspent, the node decides.
import { isMinor, sum, type Minor } from "../shared/money";

export interface Voucher {
  code: string; // as it is sent
  worth: Minor; // as it says
}

export const VOUCHERS_MAX = 16; // that one sale may take

// Why a scanned text pays nothing.
export type VoucherFault = "none" | "no-goods" | "twice" | "spare" | "full";

export const MARK = "VV1:";
const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
const FORMAT = 1;
const BYTES_MIN = 100;
const WORTH_AT = 27; // behind format, festival, issuer and seed; 8 bytes

// Three digits, the lowest first, are two bytes; two at the end are one. Null where it is none.
function fromBase45(text: string): number[] | null {
  const out: number[] = [];
  for (let at = 0; at < text.length; at += 3) {
    const digits = [...text.slice(at, at + 3)].map((one) => ALPHABET.indexOf(one));
    const [low = -1, middle = -1, high = 0] = digits;
    const value = low + 45 * middle + 2025 * high;
    const most = digits.length === 3 ? 0xffff : 0xff;
    if (Math.min(low, middle, high) < 0 || value > most) return null;
    if (digits.length === 3) out.push(value >> 8);
    out.push(value & 0xff);
  }
  return out;
}

// Null where the text is no voucher, though it may be a torn or a misread one.
export function readVoucher(text: string): Voucher | null {
  const code = text.trim().toUpperCase(); // a scanner at a keyboard with caps lock
  const bytes = code.startsWith(MARK) ? fromBase45(code.slice(MARK.length)) : null;
  if (!bytes || bytes.length < BYTES_MIN || bytes[0] !== FORMAT) return null;
  const worth = bytes
    .slice(WORTH_AT, WORTH_AT + 8)
    .reduce((value, byte) => (value << 8n) + BigInt(byte), 0n);
  const minor = Number(worth);
  return isMinor(minor) && minor > 0 ? { code, worth: minor } : null;
}

export interface Spending {
  pays: readonly Minor[]; // each voucher, in their order
  paid: Minor; // of the goods, by all
  lost: Minor; // what they are above the goods
  spare: boolean; // one of them pays nothing
}

// As the node will take them: in their order, each whole, until the goods are paid.
export function spend(vouchers: readonly Voucher[], goods: Minor): Spending {
  let left = Math.max(0, goods);
  const pays = vouchers.map(({ worth }) => {
    const part = Math.min(left, worth);
    left = sum([left, -part]);
    return part;
  });
  const paid = sum(pays);
  const lost = sum([...vouchers.map(({ worth }) => worth), -paid]);
  return { pays, paid, lost, spare: pays.some((part) => part === 0) };
}
