// SPDX-License-Identifier: Apache-2.0
import type { Item, Line } from "../shared/contract";
import { sum, times, type Minor } from "../shared/money";

export type Basket = readonly Line[];

export const QUANTITY_MAX = 999;

// One touch adds one; a product keeps the place where it was first touched.
export function change(basket: Basket, sku: string, by: number): Basket {
  const at = basket.findIndex((line) => line.sku === sku);
  if (at < 0) return by > 0 ? [...basket, { sku, quantity: by }] : basket;
  return basket
    .map((line, i) =>
      i === at ? { sku, quantity: Math.min(line.quantity + by, QUANTITY_MAX) } : line,
    )
    .filter((line) => line.quantity > 0);
}

export function remove(basket: Basket, sku: string): Basket {
  return basket.filter((line) => line.sku !== sku);
}

export function quantityOf(basket: Basket, sku: string): number {
  return basket.find((line) => line.sku === sku)?.quantity ?? 0;
}

export interface PricedLine {
  item: Item;
  quantity: number;
  amount: Minor;
}

export function priced(basket: Basket, items: readonly Item[]): PricedLine[] {
  return basket.flatMap(({ sku, quantity }) => {
    const item = items.find((one) => one.sku === sku);
    return item ? [{ item, quantity, amount: times(item.price_minor, quantity) }] : [];
  });
}

export function deposit(basket: Basket, items: readonly Item[]): Minor {
  return sum(
    priced(basket, items).map(({ item, quantity }) => times(item.deposit_minor, quantity)),
  );
}

export function goods(basket: Basket, items: readonly Item[]): Minor {
  return sum(priced(basket, items).map((line) => line.amount));
}

// What the basket costs: the goods, and what is lent with them.
export function total(basket: Basket, items: readonly Item[]): Minor {
  return sum([goods(basket, items), deposit(basket, items)]);
}

// Whether the crew may have all of it for meals.
export function isMeal(basket: Basket, items: readonly Item[]): boolean {
  return basket.length > 0 && priced(basket, items).every(({ item }) => item.meal);
}

// The greatest age any product in the basket asks for; 0 where none does.
export function ageMin(basket: Basket, items: readonly Item[]): number {
  return Math.max(0, ...priced(basket, items).map((line) => line.item.age_min));
}

// What a new catalogue no longer has cannot be sold.
export function onlySold(basket: Basket, items: readonly Item[]): Basket {
  const kept = basket.filter(({ sku }) => items.some((item) => item.sku === sku));
  return kept.length === basket.length ? basket : kept;
}
