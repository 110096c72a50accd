// SPDX-License-Identifier: Apache-2.0
// Choosing a language and filling its sentences; no browser state.
import type english from "./languages/en";
import { LANGUAGES, type Code } from "./languages/list";

type English = typeof english;
export type Key = keyof English;
export type Plural = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string };
export type Dictionary = { [K in Key]: English[K] extends string ? string : Plural };

// The {names} in a sentence.
type Names<S> = S extends `${string}{${infer N}}${infer Rest}` ? N | Names<Rest> : never;
type Sentence<K extends Key> = English[K] extends { other: infer S } ? S : English[K];
export type Params<K extends Key> = [Names<Sentence<K>>] extends [never]
  ? []
  : [Record<Names<Sentence<K>>, string | number>];

export type Translate = <K extends Key>(key: K, ...params: Params<K>) => string;

export function translator(dictionary: Dictionary, tag: string): Translate {
  const rules = new Intl.PluralRules(tag);
  const numbers = new Intl.NumberFormat(tag);
  return (key, ...params) => {
    const values: Record<string, string | number> = params[0] ?? {};
    const entry: string | Plural = dictionary[key];
    const text = typeof entry === "string" ? entry : pick(entry, rules.select(Number(values["n"])));
    return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
      const value = values[name];
      if (value === undefined) return whole;
      return typeof value === "number" ? numbers.format(value) : value;
    });
  };
}

function pick(entry: Plural, rule: Intl.LDMLPluralRule): string {
  return entry[rule] ?? entry.other;
}

export function isCode(text: unknown): text is Code {
  return LANGUAGES.some(({ code }) => code === text);
}

// The user's choice, else the browser's, else the festival's, else the first of the list.
export function chooseLanguage(
  chosen: string | null,
  browser: readonly string[],
  festival: string | null,
): Code {
  const wanted = [chosen, ...browser, festival].map((tag) => tag?.toLowerCase().split("-")[0]);
  return wanted.find(isCode) ?? LANGUAGES[0].code;
}
