// SPDX-License-Identifier: Apache-2.0
// A half-typed count and a request without an answer outlive a reload: each under the name of its
// device and person, so that nobody meets another's figures.
import type { CountOf } from "../../shared/contract";
import { isDigits, type Row, type Rows } from "./counting";

const COUNT = "verbena-count";
const ACT = "verbena-stock-act";
const EXTRA_MAX = 500;

export interface Place {
  device: string;
  person: string;
  of: CountOf;
  sheet: number;
  attempt: number;
}

export interface Draft {
  rows: Rows;
  extra: readonly string[]; // items added that this stand does not sell
}

export const NO_DRAFT: Draft = { rows: {}, extra: [] };

// One request, made once and sent until its outcome is known.
export interface Act {
  kind: "open" | "drop" | "close" | "count" | "close-sheet";
  path: string;
  body: { intent: string } & Record<string, unknown>;
  doubtful: boolean; // the node may have done it
  place?: Place; // of a count: its draft goes once it is done
}

export interface Shelf {
  readonly length: number;
  key(index: number): string | null;
  getItem(key: string): string | null;
  setItem(key: string, text: string): void;
  removeItem(key: string): void;
}

export class Drafts {
  readonly #shelf: () => Shelf;

  constructor(shelf: () => Shelf) {
    this.#shelf = shelf;
  }

  load(place: Place): Draft {
    return this.#quiet(() => draftFrom(this.#shelf().getItem(keyOf(place)))) ?? NO_DRAFT;
  }

  save(place: Place, draft: Draft): void {
    this.#quiet(() => this.#shelf().setItem(keyOf(place), JSON.stringify(draft)));
  }

  drop(place: Place): void {
    this.#quiet(() => this.#shelf().removeItem(keyOf(place)));
  }

  // What a device has of sheets before this one nobody will go on with.
  prune(device: string, fromSheet: number): void {
    this.#quiet(() => {
      const shelf = this.#shelf();
      const keys = Array.from({ length: shelf.length }, (_, i) => shelf.key(i) ?? "");
      for (const key of keys) {
        const [word, owner, sheet] = key.split("/");
        if (word === COUNT && owner === part(device) && Number(sheet) < fromSheet) {
          shelf.removeItem(key);
        }
      }
    });
  }

  loadAct(device: string, person: string): Act | null {
    const act = this.#quiet(() => {
      const text = this.#shelf().getItem(`${ACT}/${part(device)}/${part(person)}`);
      return JSON.parse(text ?? "null") as Act | null;
    });
    return act && typeof act.path === "string" && act.body?.intent
      ? { ...act, doubtful: true }
      : null;
  }

  saveAct(device: string, person: string, act: Act | null): void {
    const key = `${ACT}/${part(device)}/${part(person)}`;
    this.#quiet(() => {
      if (act) this.#shelf().setItem(key, JSON.stringify(act));
      else this.#shelf().removeItem(key);
    });
  }

  // Without storage, work lasts as long as the page.
  #quiet<T>(run: () => T): T | null {
    try {
      return run();
    } catch {
      return null;
    }
  }
}

// Names hold no slash once they are encoded.
function part(name: string): string {
  return encodeURIComponent(name);
}

function keyOf({ device, person, of, sheet, attempt }: Place): string {
  return [COUNT, part(device), sheet, of, attempt, part(person)].join("/");
}

// Whatever lies in the storage: only digits come back out of it.
function draftFrom(text: string | null): Draft {
  const found = JSON.parse(text ?? "null") as Partial<Draft> | null;
  const rows: Record<string, Row> = {};
  for (const [sku, row] of Object.entries(found?.rows ?? {})) {
    const fields = Object.entries((row as Partial<Row> | null)?.fields ?? {}).filter(
      ([, value]) => typeof value === "string" && isDigits(value),
    );
    rows[sku] = {
      fields: Object.fromEntries(fields),
      none: fields.every(([, value]) => value === "") && row.none === true,
    };
  }
  const extra = (Array.isArray(found?.extra) ? found.extra : []).filter(
    (sku) => typeof sku === "string",
  );
  return { rows, extra: extra.slice(0, EXTRA_MAX) };
}
