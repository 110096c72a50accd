// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { readVoucher, spend } from "./voucher";
import { codeOfBytes, voucherText } from "./voucher_text";

const of = (worth: number, code = String(worth)): { code: string; worth: number } => ({
  code,
  worth,
});

describe("a voucher's text", () => {
  it("says what it is worth", () => {
    const text = voucherText(123456);
    expect(text).toMatch(/^VV1:/);
    expect(text).toHaveLength(154);
    expect(readVoucher(text)).toEqual({ code: text, worth: 123456 });
  });

  it("is read with space around it, with a name at its end, and with caps lock on", () => {
    const text = voucherText(500, { name: "north" });
    expect(readVoucher(`\t${text.toLowerCase()} \r\n`)).toEqual({ code: text, worth: 500 });
  });

  it("is none where it is torn, of another format, worth nothing or more than can be told", () => {
    const text = voucherText(500);
    expect(readVoucher(text.slice(0, -6))).toBeNull();
    expect(readVoucher(text.slice(4))).toBeNull();
    expect(readVoucher(`${text.slice(0, 20)}#${text.slice(21)}`)).toBeNull();
    expect(readVoucher(`${text.slice(0, 4)}:::${text.slice(7)}`)).toBeNull();
    expect(readVoucher(voucherText(500, { format: 2 }))).toBeNull();
    expect(readVoucher(voucherText(0))).toBeNull();
    expect(readVoucher(codeOfBytes(new Array<number>(100).fill(1)))).toBeNull();
    expect(readVoucher("https://example.org")).toBeNull();
    expect(readVoucher("")).toBeNull();
  });

  it("is base45 as its RFC has it", () => {
    expect(codeOfBytes([0x41, 0x42])).toBe("VV1:BB8");
    expect(codeOfBytes([...new TextEncoder().encode("Hello!!")])).toBe("VV1:%69 VD92EX0");
  });
});

describe("what vouchers pay", () => {
  it("is the goods in their order, and cash the rest", () => {
    expect(spend([of(300), of(100)], 450)).toEqual({
      pays: [300, 100],
      paid: 400,
      lost: 0,
      spare: false,
    });
  });

  it("is no more than the goods: the rest of the last is lost", () => {
    expect(spend([of(300), of(200)], 450)).toMatchObject({ pays: [300, 150], lost: 50 });
  });

  it("is nothing where others pay it all: it is spare", () => {
    expect(spend([of(500), of(200)], 450)).toMatchObject({ pays: [450, 0], spare: true });
    expect(spend([of(500)], -20)).toMatchObject({ pays: [0], spare: true });
  });
});
