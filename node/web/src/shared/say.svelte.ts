// SPDX-License-Identifier: Apache-2.0
// What the screens say, in the language that is on: sentences, money, ages and times.
import { ageTexts, type AgeTexts } from "./ages";
import type { Festival, Names } from "./contract";
import type { Failure } from "./api";
import { chooseLanguage, translator, type Translate } from "./language";
import { LANGUAGES, type Code } from "./languages/list";
import { moneyFormat, type Minor } from "./money";

const KEPT = "verbena-language";
const CLOCK = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;
const DAY = { weekday: "short", day: "numeric", month: "short" } as const;

interface Tongue {
  code: Code;
  tag: string;
  t: Translate;
  ages: AgeTexts;
  money: (minor: Minor) => string;
  numbers: Intl.NumberFormat;
  percent: Intl.NumberFormat;
  clock: Intl.DateTimeFormat;
  clockSeconds: Intl.DateTimeFormat;
  moment: Intl.DateTimeFormat;
  day: Intl.DateTimeFormat;
}

export class Say {
  #tongue = $state.raw<Tongue | null>(null);
  #failed = $state(false);
  #festival: Festival | null = null;
  #chosen: string | null = kept();

  get ready(): boolean {
    return this.#tongue !== null;
  }
  get failed(): boolean {
    return this.#failed;
  }
  get #on(): Tongue {
    if (!this.#tongue) throw new Error("no language is loaded");
    return this.#tongue;
  }
  get code(): Code {
    return this.#on.code;
  }
  get tag(): string {
    return this.#on.tag;
  }
  get t(): Translate {
    return this.#on.t;
  }

  // The language for requests: also before one is loaded.
  get wanted(): Code {
    return this.#tongue?.code ?? this.#choice();
  }

  money = (minor: Minor): string => this.#on.money(minor);
  number = (value: number): string => this.#on.numbers.format(value);
  percent = (thousandths: number): string => this.#on.percent.format(thousandths / 1000);
  ago = (ms: number): string => this.#on.ages.ago(ms);
  lasting = (ms: number): string => this.#on.ages.lasting(ms);
  time = (atMs: number): string => this.#on.clock.format(atMs);
  timeSeconds = (atMs: number): string => this.#on.clockSeconds.format(atMs);
  dateTime = (atMs: number): string => this.#on.moment.format(atMs);
  // "2026-08-14", a day without a zone.
  day = (iso: string): string => this.#on.day.format(Date.parse(`${iso}T12:00:00Z`));

  name = (names: Names | undefined, sku: string): string =>
    names?.[this.code] || names?.en || names?.es || sku;

  failure = (failure: Failure): string => {
    if (failure.kind === "refused") return failure.text || this.t("refusedPlain");
    return this.t(failure.kind === "said-no" ? "askSaidNo" : "noAnswerTry");
  };

  async start(festival: Festival | null): Promise<void> {
    this.#festival = festival ?? this.#festival;
    await this.#load(this.#choice());
  }

  async choose(code: Code): Promise<void> {
    try {
      await this.#load(code);
      this.#chosen = code;
      keep(code);
      this.#failed = false;
    } catch {
      this.#failed = true;
    }
  }

  #choice(): Code {
    return chooseLanguage(this.#chosen, navigator.languages, this.#festival?.language ?? null);
  }

  async #load(code: Code): Promise<void> {
    const language = LANGUAGES.find((row) => row.code === code) ?? LANGUAGES[0];
    const { default: dictionary } = await language.load();
    const { tag } = language;
    const t = translator(dictionary, tag);
    const zone = zoneOf(this.#festival);
    this.#tongue = {
      code,
      tag,
      t,
      ages: ageTexts(tag, t("now")),
      money: this.#festival
        ? moneyFormat(tag, { code: this.#festival.currency, scale: this.#festival.scale })
        : String,
      numbers: new Intl.NumberFormat(tag),
      percent: new Intl.NumberFormat(tag, { style: "percent", maximumFractionDigits: 1 }),
      clock: new Intl.DateTimeFormat(tag, { ...zone, ...CLOCK }),
      clockSeconds: new Intl.DateTimeFormat(tag, { ...zone, ...CLOCK, second: "2-digit" }),
      moment: new Intl.DateTimeFormat(tag, { ...zone, ...CLOCK, ...DAY, second: "2-digit" }),
      day: new Intl.DateTimeFormat(tag, { ...DAY, timeZone: "UTC" }),
    };
    document.documentElement.lang = code;
  }
}

// A time zone that this browser does not know is left out: times are then the browser's own.
function zoneOf(festival: Festival | null): Intl.DateTimeFormatOptions {
  try {
    const zone = festival ? { timeZone: festival.time_zone } : {};
    new Intl.DateTimeFormat("en", zone);
    return zone;
  } catch {
    return {};
  }
}

function kept(): string | null {
  try {
    return localStorage.getItem(KEPT);
  } catch {
    return null; // storage may be switched off
  }
}

function keep(code: Code): void {
  try {
    localStorage.setItem(KEPT, code);
  } catch {
    // The choice then lasts until the page is closed.
  }
}

export const say = new Say();
