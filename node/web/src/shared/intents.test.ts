// SPDX-License-Identifier: Apache-2.0
import { webcrypto } from "node:crypto";
import { expect, it } from "vitest";
import { newIntent } from "./intents";

const of = (...pairs: [number, number][]): string =>
  newIntent((words) => words.set(pairs.shift() ?? [9, 9]));

it("writes all 64 bits in decimal", () => {
  expect(of([0xffffffff, 0xffffffff])).toBe("18446744073709551615");
  expect(of([1, 0])).toBe("4294967296");
  expect(of([0, 7])).toBe("7");
});

it("draws again for zero", () => {
  expect(of([0, 0], [0, 5])).toBe("5");
});

it("does not repeat itself", () => {
  const fill = (words: Uint32Array<ArrayBuffer>): unknown => webcrypto.getRandomValues(words);
  const drawn = new Set(Array.from({ length: 100 }, () => newIntent(fill)));
  expect(drawn.size).toBe(100);
});
