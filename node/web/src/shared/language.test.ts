// SPDX-License-Identifier: Apache-2.0
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { chooseLanguage, translator, type Dictionary, type Key } from "./language";
import en from "./languages/en";
import es from "./languages/es";
import { LANGUAGES } from "./languages/list";

const folder = new URL("..", import.meta.url).pathname;

function sources(under: string): string[] {
  return readdirSync(under, { withFileTypes: true }).flatMap((entry) => {
    const path = `${under}/${entry.name}`;
    if (entry.isDirectory()) return entry.name === "languages" ? [] : sources(path);
    return /\.(svelte|ts)$/.test(path) && !path.endsWith(".test.ts") ? [path] : [];
  });
}

function texts(entry: Dictionary[Key]): string[] {
  return typeof entry === "string" ? [entry] : Object.values(entry);
}

function names(text: string): string[] {
  return [...new Set([...text.matchAll(/\{(\w+)\}/g)].map((found) => found[1] ?? ""))].sort();
}

describe("dictionaries", () => {
  for (const { code, load } of LANGUAGES) {
    it(`${code} has every key, filled, with the same names`, async () => {
      const dictionary: Dictionary = (await load()).default;
      expect(Object.keys(dictionary).sort()).toEqual(Object.keys(en).sort());
      for (const key of Object.keys(en) as Key[]) {
        const wanted = names(texts((en as Dictionary)[key]).join());
        for (const text of texts(dictionary[key])) {
          expect(text.trim(), key).not.toBe("");
          expect(names(text), `${key} in ${code}`).toEqual(wanted);
        }
      }
    });
  }

  it("has no key that no screen uses", () => {
    const code = sources(folder).map((path) => readFileSync(path, "utf8")).join("\n");
    const unused = Object.keys(en).filter((key) => !code.includes(`"${key}"`));
    expect(unused).toEqual([]);
  });
});

describe("translator", () => {
  it("fills names and chooses plurals", () => {
    const t = translator(es, "es-ES");
    expect(t("salesN", { n: 1 })).toBe("1 venta");
    expect(t("salesN", { n: 0 })).toBe("0 ventas");
    expect(t("salesN", { n: 12_345 })).toBe("12.345 ventas");
    expect(t("salesN", { n: 1_000_000 })).toBe("1.000.000 ventas");
    expect(translator(en, "en-GB")("lineLess", { name: "Beer" })).toBe("One less: Beer");
  });
});

describe("chooseLanguage", () => {
  it("prefers the user, then the browser, then the festival", () => {
    expect(chooseLanguage("en", ["es-ES"], "es")).toBe("en");
    expect(chooseLanguage(null, ["fr-FR", "en-US"], "es")).toBe("en");
    expect(chooseLanguage("xx", ["fr"], "en")).toBe("en");
    expect(chooseLanguage(null, [], null)).toBe(LANGUAGES[0].code);
  });
});
