// SPDX-License-Identifier: Apache-2.0
// The seller's touches about how the basket is paid: tip, crew meal, who pays the rest.
import type { Minor } from "../shared/money";
import { mayBeMeal, PLAIN, type Payment, type Rest } from "./payment";
import { isFree, type TillState } from "./state";

export class Paying {
  readonly #state: () => TillState;
  readonly #set: (payment: Payment) => void;
  readonly #setAside: (aside: readonly string[]) => void;

  // `set` also ends the intent: under it another content would be refused.
  constructor(
    state: () => TillState,
    set: (payment: Payment) => void,
    setAside: (aside: readonly string[]) => void,
  ) {
    this.#state = state;
    this.#set = set;
    this.#setAside = setAside;
  }

  tip(amount: Minor): void {
    // What a band lacked was told without this tip.
    if (!this.#state().payment.meal) this.#change({ tip: amount, tipConfirmed: false, ...ONE });
  }

  // It is above the goods, and meant.
  confirmTip(): void {
    this.#change({ tipConfirmed: true });
  }

  crewMeal(on: boolean): void {
    if (!on || mayBeMeal(this.#state())) this.#change({ ...PLAIN, meal: on });
  }

  // What the band lacked, in cash, at the next tap.
  restInCash(): void {
    const rest = this.#rest();
    if (rest) this.#change({ cash: rest.cash, part: 0 });
  }

  // The next tap pays what the band has; another band pays the rest.
  restFromBand(): void {
    const rest = this.#rest();
    if (rest) this.#change({ cash: 0, part: rest.part });
  }

  fromOne(): void {
    this.#change(ONE);
  }

  // What was paid in part waits while somebody else is served; or no longer.
  partsAside(on: boolean): void {
    const { sales } = this.#state();
    if (isFree(this.#state())) this.#setAside(on ? sales.map(({ id }) => id) : []);
  }

  #rest(): Rest | undefined {
    const { outcome } = this.#state();
    return outcome?.kind === "refused" ? outcome.rest : undefined;
  }

  #change(change: Partial<Payment>): void {
    const { basket, payment } = this.#state();
    if (isFree(this.#state()) && basket.length > 0) this.#set({ ...payment, ...change });
  }
}

const ONE = { cash: 0, part: 0 };
