// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { moneyFormat, parseMoney, percentOf, sum, thousandths, times, toWholeUnit } from "./money";

const plain = (text: string): string => text.replace(/[\u00a0\u202f]/g, " ");
const shown = (minor: number, tag = "es-ES", code = "EUR", scale = 2): string =>
  plain(moneyFormat(tag, { code, scale })(minor));

describe("moneyFormat", () => {
  it("writes as each language does", () => {
    expect(shown(350)).toBe("3,50 €");
    expect(shown(1_234_567)).toBe("12.345,67 €");
    expect(shown(350, "en-GB")).toBe("€3.50");
    expect(shown(1_234_567, "en-GB")).toBe("€12,345.67");
  });

  it("keeps small and negative amounts", () => {
    expect(shown(0)).toBe("0,00 €");
    expect(shown(5)).toBe("0,05 €");
    expect(shown(-50)).toBe("-0,50 €");
    expect(shown(-1250, "en-GB")).toBe("-€12.50");
  });

  it("knows every scale from 0 to 3", () => {
    expect(shown(1500, "en-GB", "JPY", 0)).toBe("JP¥1,500");
    expect(shown(15, "en-GB", "EUR", 1)).toBe("€1.5");
    expect(shown(1500, "en-GB", "KWD", 3)).toBe("KWD 1.500");
  });

  it("is exact up to the last safe integer", () => {
    expect(shown(Number.MAX_SAFE_INTEGER, "en-GB")).toBe("€90,071,992,547,409.91");
    expect(() => shown(Number.MAX_SAFE_INTEGER + 1)).toThrow(RangeError);
    expect(() => shown(1.5)).toThrow(RangeError);
  });
});

describe("parseMoney", () => {
  it("reads comma and point", () => {
    expect(parseMoney("4,50", 2)).toBe(450);
    expect(parseMoney(" 4.5 ", 2)).toBe(450);
    expect(parseMoney("4", 2)).toBe(400);
    expect(parseMoney("-0,05", 2)).toBe(-5);
    expect(parseMoney("1.234", 3)).toBe(1234);
    expect(parseMoney("-0", 2)).toBe(0);
  });

  it("refuses what is not an amount", () => {
    for (const text of ["", "x", "1e3", "1,234", "1,2,3", "4,", ",5"]) {
      expect(parseMoney(text, 2)).toBeNull();
    }
    expect(parseMoney("4,5", 0)).toBeNull();
    expect(parseMoney("9007199254740992", 0)).toBeNull();
    expect(parseMoney("9007199254740991", 0)).toBe(Number.MAX_SAFE_INTEGER);
  });
});

describe("sums", () => {
  it("adds and multiplies integers", () => {
    expect(sum([])).toBe(0);
    expect(sum([250, 250, -100])).toBe(400);
    expect(times(850, 3)).toBe(2550);
    expect(() => times(Number.MAX_SAFE_INTEGER, 2)).toThrow(RangeError);
  });

  it("takes shares without fractions", () => {
    expect(thousandths(1, 3)).toBe(333);
    expect(thousandths(3, 3)).toBe(1000);
    expect(thousandths(5, 0)).toBe(0);
    expect(thousandths(-5, 10)).toBe(0);
  });
});

it("takes shares of an amount and rounds it up without a fraction", () => {
  expect(percentOf(635, 5)).toBe(32); // 31.75
  expect(percentOf(609, 5)).toBe(30); // 30.45
  expect(percentOf(0, 10)).toBe(0);
  expect(toWholeUnit(635, 2)).toBe(65);
  expect(toWholeUnit(600, 2)).toBe(0);
  expect(toWholeUnit(635, 0)).toBe(0);
  expect(toWholeUnit(1, 3)).toBe(999);
});
