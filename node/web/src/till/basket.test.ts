// SPDX-License-Identifier: Apache-2.0
import { expect, it } from "vitest";
import type { Item } from "../shared/contract";
import { ageMin, change, deposit, onlySold, quantityOf, remove, total } from "./basket";

const items: Item[] = [
  {
    sku: "beer",
    name: { en: "Beer" },
    price_minor: 250,
    unit: "piece",
    age_min: 18,
    deposit_minor: 0,
    meal: false,
  },
  {
    sku: "water",
    name: { en: "Water" },
    price_minor: 150,
    unit: "piece",
    age_min: 0,
    deposit_minor: 0,
    meal: false,
  },
];

it("adds, takes away and keeps the order of first touch", () => {
  let basket = change(change(change([], "water", 1), "beer", 1), "water", 1);
  expect(basket).toEqual([
    { sku: "water", quantity: 2 },
    { sku: "beer", quantity: 1 },
  ]);
  expect(quantityOf(basket, "water")).toBe(2);
  expect(total(basket, items)).toBe(550);
  expect(ageMin(basket, items)).toBe(18);
  basket = change(basket, "beer", -1);
  expect(basket).toEqual([{ sku: "water", quantity: 2 }]);
  expect(ageMin(basket, items)).toBe(0);
  expect(remove(basket, "water")).toEqual([]);
});

it("adds what is lent to what the customer pays", () => {
  const lent = items.map((item) => ({ ...item, deposit_minor: 100 }));
  const basket = [{ sku: "beer", quantity: 2 }];
  expect(deposit(basket, lent)).toBe(200);
  expect(total(basket, lent)).toBe(700);
});

it("ignores taking away what is not there", () => {
  expect(change([], "beer", -1)).toEqual([]);
});

it("drops what is no longer sold", () => {
  const basket = [
    { sku: "cider", quantity: 1 },
    { sku: "beer", quantity: 1 },
  ];
  expect(onlySold(basket, items)).toEqual([{ sku: "beer", quantity: 1 }]);
  const fine = [{ sku: "beer", quantity: 1 }];
  expect(onlySold(fine, items)).toBe(fine);
});
