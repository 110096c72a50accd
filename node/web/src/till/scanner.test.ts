// SPDX-License-Identifier: Apache-2.0
import { beforeEach, describe, expect, it } from "vitest";
import { LENGTH_MAX, PAUSE_MS, Scanner, type Heard } from "./scanner";

let scanner: Scanner;
let now: number;
const type = (keys: readonly string[], pause = 5): Heard[] =>
  keys.map((key) => scanner.key(key, (now += pause)));

beforeEach(() => {
  scanner = new Scanner();
  now = 10_000;
});

describe("a scanner that types", () => {
  it("is heard from the mark to Enter, spaces too, and no button gets those keys", () => {
    const heard = type([..."VV1:A B", "Enter"]);
    expect(heard.map(({ kind }) => kind)).toEqual([
      ...["other", "other", "other", "taken"],
      ...["taken", "taken", "taken", "code"],
    ]);
    expect(heard.at(-1)).toEqual({ kind: "code", code: "VV1:A B" });
  });

  it("is heard twice, and with Shift between its keys", () => {
    type([..."VV1:AB", "Enter"]);
    const heard = type(["Shift", "v", "Shift", "V", "1", "Shift", ":", "X", "Enter"]);
    expect(heard.at(-1)).toEqual({ kind: "code", code: "VV1:X" });
  });

  it("is heard behind other keys", () => {
    expect(type([..."4VVV1:X", "Enter"]).at(-1)).toEqual({ kind: "code", code: "VV1:X" });
  });

  it("is not a person: keys without a mark, or with a pause, are left alone", () => {
    expect(type([..."V1: ", "Enter", "Tab", " "]).every(({ kind }) => kind === "other")).toBe(true);
    const slow = type([..."VV1:AB", "Enter"], PAUSE_MS + 1);
    expect(slow.every(({ kind }) => kind === "other")).toBe(true);
  });

  it("listens while a code comes in, and no longer", () => {
    type([..."VV1"]);
    expect(scanner.listens(now)).toBe(false);
    type([":"]);
    expect(scanner.listens(now)).toBe(true);
    expect(scanner.listens(now + PAUSE_MS + 1)).toBe(false);
    type(["Enter"]);
    expect(scanner.listens(now)).toBe(false);
  });

  it("keeps no more than a code can be long", () => {
    const [last] = type([..."VV1:", ...new Array<string>(1000).fill("A"), "Enter"]).slice(-1);
    expect(last?.kind === "code" && last.code.length).toBe(LENGTH_MAX);
  });
});
