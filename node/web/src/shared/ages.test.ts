// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { ageParts, ageTexts, minutesLeft } from "./ages";

describe("ages", () => {
  it("takes the largest unit that fits", () => {
    expect(ageParts(0)).toEqual({ unit: "second", count: 0 });
    expect(ageParts(59_999)).toEqual({ unit: "second", count: 59 });
    expect(ageParts(60_000)).toEqual({ unit: "minute", count: 1 });
    expect(ageParts(7_200_000)).toEqual({ unit: "hour", count: 2 });
    expect(ageParts(200_000_000)).toEqual({ unit: "day", count: 2 });
    expect(ageParts(-5)).toEqual({ unit: "second", count: 0 });
  });

  it("speaks both languages", () => {
    const en = ageTexts("en-GB", "just now");
    const es = ageTexts("es-ES", "ahora mismo");
    expect(en.ago(1000)).toBe("just now");
    expect(es.ago(-1000)).toBe("ahora mismo");
    expect(en.ago(180_000)).toMatch(/^3 mins? ago$/);
    expect(es.ago(180_000)).toBe("hace 3 min");
    expect(es.lasting(1_860_000).replace(/\u00a0/g, " ")).toBe("31 min");
  });

  it("rounds the minutes left up", () => {
    expect(minutesLeft(60_001, 0)).toBe(2);
    expect(minutesLeft(1, 0)).toBe(1);
    expect(minutesLeft(0, 5)).toBe(0);
  });
});
