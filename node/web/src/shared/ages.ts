// SPDX-License-Identifier: Apache-2.0
// How long ago, in the largest unit that fits; texts come from the browser's own language data.

export type AgeUnit = "second" | "minute" | "hour" | "day";

const STEPS: [AgeUnit, number][] = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1000],
];

export function ageParts(ms: number): { unit: AgeUnit; count: number } {
  const size = Math.max(0, ms);
  for (const [unit, step] of STEPS) {
    if (size >= step) return { unit, count: Math.floor(size / step) };
  }
  return { unit: "second", count: 0 };
}

export interface AgeTexts {
  ago(ms: number): string; // "3 min ago"
  lasting(ms: number): string; // "3 min"
}

// `now` is the word for less than five seconds.
export function ageTexts(tag: string, now: string): AgeTexts {
  const relative = new Intl.RelativeTimeFormat(tag, { style: "short", numeric: "always" });
  const units = new Map<AgeUnit, Intl.NumberFormat>();
  const unitFormat = (unit: AgeUnit): Intl.NumberFormat => {
    let format = units.get(unit);
    if (!format) {
      format = new Intl.NumberFormat(tag, { style: "unit", unit, unitDisplay: "short" });
      units.set(unit, format);
    }
    return format;
  };
  return {
    ago(ms) {
      if (ms < 5000) return now;
      const { unit, count } = ageParts(ms);
      return relative.format(-count, unit);
    },
    lasting(ms) {
      const { unit, count } = ageParts(ms);
      return unitFormat(unit).format(count);
    },
  };
}

// Whole minutes left, rounded up: "try again in 1 min" until the very end.
export function minutesLeft(untilMs: number, nowMs: number): number {
  return Math.max(0, Math.ceil((untilMs - nowMs) / 60_000));
}
