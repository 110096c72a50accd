// SPDX-License-Identifier: Apache-2.0
// Money is an integer in minor units. Nothing here goes through a fraction.

export interface Currency {
  readonly code: string; // ISO 4217
  readonly scale: number; // digits after the separator, 0 to 3
}

export type Minor = number;

export function isMinor(value: unknown): value is Minor {
  return typeof value === "number" && Number.isSafeInteger(value);
}

// The formatter of one language and currency; building one is slow, so callers keep it.
export function moneyFormat(tag: string, currency: Currency): (minor: Minor) => string {
  const { code, scale } = currency;
  const format = new Intl.NumberFormat(tag, {
    style: "currency",
    currency: code,
    minimumFractionDigits: scale,
    maximumFractionDigits: scale,
  });
  const digits = new Intl.NumberFormat(tag, { useGrouping: false });
  const unit = 10n ** BigInt(scale);
  return (minor) => {
    if (!isMinor(minor)) throw new RangeError(`not an amount in minor units: ${minor}`);
    const whole = BigInt(minor);
    const size = whole < 0n ? -whole : whole;
    const major = size / unit;
    const rest = (size % unit).toString().padStart(scale, "0");
    const fraction = [...rest].map((digit) => digits.format(Number(digit))).join("");
    // -0.50 has no whole part to carry its sign: format -1 and put the 0 back.
    const carrier = major === 0n ? 1n : major;
    return format
      .formatToParts(whole < 0n ? -carrier : major)
      .map((part) => {
        if (part.type === "fraction") return fraction;
        return part.type === "integer" && major === 0n ? digits.format(0) : part.value;
      })
      .join("");
  };
}

// "4,50" or "4.50" to 450; null where it is not an amount of this scale below 2^53.
export function parseMoney(text: string, scale: number): Minor | null {
  const found = /^(-?)(\d{1,16})(?:[.,](\d{1,3}))?$/.exec(text.trim());
  if (!found) return null;
  const [, sign, whole = "", fraction = ""] = found;
  if (fraction.length > scale) return null;
  const size = BigInt(whole + fraction.padEnd(scale, "0"));
  if (size > BigInt(Number.MAX_SAFE_INTEGER)) return null;
  return size === 0n ? 0 : Number(sign ? -size : size);
}

// price x quantity; throws where the product leaves the safe integers.
export function times(price: Minor, quantity: number): Minor {
  return safe(BigInt(price) * BigInt(quantity));
}

export function sum(amounts: Iterable<Minor>): Minor {
  let total = 0n;
  for (const amount of amounts) total += BigInt(amount);
  return safe(total);
}

// So many per cent of an amount from 0, to the nearest minor unit.
export function percentOf(amount: Minor, percent: number): Minor {
  return safe((BigInt(amount) * BigInt(percent) + 50n) / 100n);
}

// What an amount from 0 lacks to the next whole unit of its currency; 0 where it is one.
export function toWholeUnit(amount: Minor, scale: number): Minor {
  const unit = 10n ** BigInt(scale);
  return safe((unit - (BigInt(amount) % unit)) % unit);
}

// The share of `part` in `whole` in thousandths, rounded down: for bars and percentages only.
export function thousandths(part: Minor, whole: Minor): number {
  if (whole <= 0 || part <= 0) return 0;
  return Number((BigInt(part) * 1000n) / BigInt(whole));
}

function safe(amount: bigint): Minor {
  const value = Number(amount);
  if (!Number.isSafeInteger(value)) throw new RangeError("amount out of range");
  return value;
}
