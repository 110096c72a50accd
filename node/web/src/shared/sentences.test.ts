// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { ageTexts } from "./ages";
import type { Alarm } from "./contract";
import { translator } from "./language";
import en from "./languages/en";
import es from "./languages/es";
import { moneyFormat } from "./money";
import { sentence, type Words } from "./sentences";

const words = (tag: string, dictionary: typeof es | typeof en): Words => ({
  t: translator(dictionary, tag),
  money: moneyFormat(tag, { code: "EUR", scale: 2 }),
  lasting: ageTexts(tag, "").lasting,
  name: (names, sku) => names?.[tag.startsWith("es") ? "es" : "en"] ?? sku,
});
const SPEAKERS = { en: words("en-GB", en), es: words("es-ES", es) };
const names = new Map([["beer", { en: "Beer", es: "Caña" }]]);
const said = (alarm: Omit<Alarm, "severity">, code: "en" | "es" = "en"): string =>
  sentence({ severity: "alarm", ...alarm }, SPEAKERS[code], names).replace(/[\u00a0]/g, " ");

const ALL: Omit<Alarm, "severity">[] = [
  { kind: "silent-device", device: "caja-3", stand: "barra-1", heard_ms: 600_000 },
  { kind: "silent-device", device: "caja-3", stand: "barra-1", heard_ms: null },
  { kind: "device-gap", device: "caja-3", stand: "barra-1", events: 1, amount_minor: 250 },
  { kind: "fork", device: "caja-3" },
  { kind: "revoked", device: "caja-3" },
  { kind: "variance", stand: "barra-1", sku: "beer", units: 38, amount_minor: 9500 },
  { kind: "variance", stand: "barra-1", sku: "beer", units: -1, amount_minor: -250 },
  { kind: "double-spend", purse: "7f3a", frozen: true },
  { kind: "double-spend", purse: "7f3a", frozen: false },
  { kind: "overdraft", purse: "7f3a", amount_minor: 100 },
  { kind: "gap", purse: "7f3a", amount_minor: 100 },
  { kind: "suspense", amount_minor: 100 },
  { kind: "no-progress", device: "caja-3", since_ms: 240_000 },
  { kind: "damaged-store", text: "checksum" },
  { kind: "write-in-doubt", text: "the disk does not take what is written" },
  { kind: "storage-low", text: "the disk is nearly full" },
  { kind: "of-a-later-version" },
];

describe("sentence", () => {
  it("is whole for every kind in every language", () => {
    for (const alarm of ALL) {
      for (const code of ["en", "es"] as const) {
        expect(said(alarm, code), alarm.kind).not.toMatch(/[{}]|undefined|NaN|\?$/);
      }
    }
  });

  it("says who, where and how much", () => {
    expect(said(ALL[2]!)).toBe(
      "1 event of caja-3 at barra-1 is not held here, €2.50. Bring it near another.",
    );
    expect(said(ALL[5]!)).toBe("38 units of Beer are missing at barra-1, €95.00.");
    expect(said(ALL[5]!, "es")).toBe("Merma en barra-1: faltan 38 unidades de Caña, 95,00 €.");
    expect(said(ALL[6]!, "es")).toBe("Descuadre en barra-1: sobra 1 unidad de Caña, 2,50 €.");
    expect(said(ALL[16]!)).toBe("Something needs attention: of-a-later-version.");
  });
});
