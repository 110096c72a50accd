// SPDX-License-Identifier: Apache-2.0
import { expect, it } from "vitest";
import { tabAfter, tabOf } from "./tabs";

it("finds a tab by the address, and starts with the overview", () => {
  expect(tabOf("#stock")).toBe("stock");
  expect(tabOf("")).toBe("overview");
  expect(tabOf("#nonsense")).toBe("overview");
});

it("goes from tab to tab by the keys, round and round", () => {
  expect(tabAfter("overview", "ArrowRight")).toBe("stock");
  expect(tabAfter("settlement", "ArrowRight")).toBe("value");
  expect(tabAfter("value", "ArrowRight")).toBe("overview");
  expect(tabAfter("overview", "ArrowLeft")).toBe("value");
  expect(tabAfter("stock", "Home")).toBe("overview");
  expect(tabAfter("stock", "End")).toBe("value");
  expect(tabAfter("stock", "x")).toBeNull();
});
