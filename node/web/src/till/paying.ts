// SPDX-License-Identifier: Apache-2.0
// The seller's touches about how the basket is paid: tip, crew meal, vouchers, who pays the rest.
import type { Minor } from "../shared/money";
import { due, mayBeMeal, PLAIN, type Payment, type Rest } from "./payment";
import { isFree, type TillState } from "./state";
import { readVoucher, VOUCHERS_MAX, type Voucher, type VoucherFault } from "./voucher";

export class Paying {
  readonly #state: () => TillState;
  readonly #set: (payment: Payment) => void;
  readonly #setAside: (aside: readonly string[]) => void;
  readonly #tell: (fault: VoucherFault) => void;

  // `set` also ends the intent: under it another content would be refused.
  constructor(
    state: () => TillState,
    set: (payment: Payment) => void,
    setAside: (aside: readonly string[]) => void,
    tell: (fault: VoucherFault) => void,
  ) {
    this.#state = state;
    this.#set = set;
    this.#setAside = setAside;
    this.#tell = tell;
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

  // As it was scanned or pasted. It pays instead of a band.
  addVoucher(text: string): void {
    const state = this.#state();
    if (!isFree(state) || state.voiding) return;
    const voucher = readVoucher(text);
    const fault = voucher ? faultOf(voucher, state) : "none";
    if (fault) this.#tell(fault);
    else if (voucher) this.#setVouchers([...state.payment.vouchers, voucher]);
  }

  removeVoucher(code: string): void {
    this.#setVouchers(this.#state().payment.vouchers.filter((one) => one.code !== code));
  }

  // The customer agreed to lose what a voucher is above the goods.
  loseRest(): void {
    this.#change({ restLost: true });
  }

  #setVouchers(vouchers: readonly Voucher[]): void {
    this.#change({ vouchers, restLost: false, meal: false, ...ONE });
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

function faultOf(voucher: Voucher, state: TillState): VoucherFault | null {
  const { basket, payment } = state;
  if (basket.length === 0) return "no-goods";
  if (payment.vouchers.some(({ code }) => code === voucher.code)) return "twice";
  if (payment.vouchers.length >= VOUCHERS_MAX) return "full";
  const { before, goods, spending } = due(state);
  return goods - before - spending.paid > 0 ? null : "spare";
}
