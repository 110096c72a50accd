// SPDX-License-Identifier: Apache-2.0
// A scanner that types like a keyboard, picked out of what people press: all keys from a voucher's
// mark to Enter are its, so that none of them touches a button.
import { MARK } from "./voucher";

export const PAUSE_MS = 500; // a scanner does not wait so long between two keys
export const LENGTH_MAX = 400; // a code is far shorter

export type Heard =
  | { kind: "other" } // not a scanner's, or not known to be yet
  | { kind: "taken" }
  | { kind: "code"; code: string };

const begins = (text: string): boolean => MARK.startsWith(text);

export class Scanner {
  #typed = "";
  #at = 0;

  // `key` as a keyboard event names it.
  key(key: string, nowMs: number): Heard {
    if (nowMs - this.#at > PAUSE_MS) this.#typed = "";
    const open = this.#typed.startsWith(MARK);
    if (key.length !== 1 && key !== "Enter") return { kind: "other" }; // Shift
    this.#at = nowMs;
    if (key === "Enter") {
      const code = this.#typed;
      this.#typed = "";
      return open ? { kind: "code", code } : { kind: "other" };
    }
    if (open) {
      if (this.#typed.length < LENGTH_MAX) this.#typed += key;
      return { kind: "taken" };
    }
    const longer = this.#typed + key.toUpperCase();
    this.#typed = [longer, longer.slice(1), key.toUpperCase()].find(begins) ?? "";
    return { kind: this.#typed === MARK ? "taken" : "other" };
  }

  // Whether a code is being typed.
  listens(nowMs: number): boolean {
    return this.#typed.startsWith(MARK) && nowMs - this.#at <= PAUSE_MS;
  }
}
