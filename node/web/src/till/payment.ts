// SPDX-License-Identifier: Apache-2.0
// What is due for the basket and who pays it: a tip on top, parts that other bands paid before, a
// rest in cash, the festival for a meal of its crew, vouchers.
import { codeOf, type Failure } from "../shared/api";
import type { Receipted, Sale, Tender } from "../shared/contract";
import { percentOf, sum, toWholeUnit, type Minor } from "../shared/money";
import { ageMin, deposit, goods, isMeal, total } from "./basket";
import type { Attempt, Outcome, TillState } from "./state";
import { spend, type Spending, type Voucher } from "./voucher";

// How the basket is to be paid; of this basket only.
export interface Payment {
  tip: Minor;
  tipConfirmed: boolean; // although it is above the goods
  meal: boolean; // the next band pays with its meals
  cash: Minor; // of the goods, beside what the next band pays
  part: Minor; // the next band pays so much of it and others the rest; 0: all of it
  vouchers: readonly Voucher[]; // instead of a band; cash pays what they do not
  restLost: boolean; // the customer agreed to lose what they are above the goods
}

export const PLAIN: Payment = {
  tip: 0,
  tipConfirmed: false,
  meal: false,
  cash: 0,
  part: 0,
  vouchers: [],
  restLost: false,
};

// What stays of a payment when its basket changes: the vouchers that lie there.
export function vouchersOf({ vouchers }: Payment): Payment {
  return vouchers.length > 0 ? { ...PLAIN, vouchers } : PLAIN;
}

export const PARTS_MAX = 16; // that one sale may name
export const SALES_SHOWN = 20; // as many as the node tells
const TIPS = [5, 10] as const; // per cent

type Basis = Pick<TillState, "aside" | "basket" | "catalogue" | "payment" | "sales">;
type SellAttempt = Extract<Attempt, { kind: "sell" }>;
type Outcomes<K extends Outcome["kind"]> = Extract<Outcome, { kind: K }>;

export interface Due {
  goods: Minor;
  before: Minor; // what bands paid in part
  parts: readonly string[]; // in which sales
  total: Minor; // with deposits and tip, less what was paid before
  covered: boolean; // the parts are no less than the goods: nothing is left for a sale to pay
  spending: Spending; // by the vouchers, of the goods that parts have not paid
  cash: Minor; // what the vouchers leave: goods, deposits, tip
}

function openParts(sales: readonly Sale[]): Sale[] {
  return sales.filter((sale) => sale.open_part && !sale.voided);
}

// Those that the next sale is to name, and those that wait while somebody else is served.
function partsHere({ aside, sales }: Pick<TillState, "aside" | "sales">): Sale[] {
  return openParts(sales).filter(({ id }) => !aside.includes(id));
}
export function partsAside({ aside, sales }: Pick<TillState, "aside" | "sales">): Sale[] {
  return openParts(sales).filter(({ id }) => aside.includes(id));
}

export function due({ aside, basket, catalogue, payment, sales }: Basis): Due {
  const parts = partsHere({ aside, sales });
  const before = sum(parts.map((part) => part.amount_minor));
  const owed = goods(basket, catalogue.items);
  const whole = Math.max(0, sum([total(basket, catalogue.items), payment.tip, -before]));
  const spending = spend(payment.vouchers, sum([owed, -before]));
  return {
    goods: owed,
    before,
    parts: parts.map(({ id }) => id),
    total: whole,
    covered: basket.length > 0 && before >= owed,
    spending,
    cash: sum([whole, -spending.paid]),
  };
}

export interface Tip {
  of: "none" | "round" | (typeof TIPS)[number];
  amount: Minor;
}

// The tips to choose from; of the goods, as others may have paid a part of them.
export function tips(basis: Basis, scale: number): Tip[] {
  const owed = due({ ...basis, payment: PLAIN });
  const round: Tip = { of: "round", amount: toWholeUnit(owed.total, scale) };
  const shares = TIPS.map((of): Tip => ({ of, amount: percentOf(owed.goods, of) }));
  return [{ of: "none", amount: 0 }, ...[round, ...shares].filter(({ amount }) => amount > 0)];
}

// Meals pay for whole baskets only.
export function mayBeMeal({ aside, basket, catalogue, payment, sales }: Basis): boolean {
  const others = partsHere({ aside, sales }).length + payment.vouchers.length;
  return isMeal(basket, catalogue.items) && others === 0;
}

// The payment as it is under new prices: what rests on the old ones goes.
export function underPrices(before: Basis, after: Basis): Payment {
  const { basket, catalogue, payment } = after;
  const was = total(before.basket, before.catalogue.items);
  const costs = was === total(basket, catalogue.items) || !before.catalogue.loaded;
  const same = before.basket === basket && costs;
  if (basket.length === 0) return PLAIN;
  return same && (!payment.meal || mayBeMeal(after)) ? payment : vouchersOf(payment);
}

export function sellAttempt(state: TillState, tender: "cash" | "purse", intent: string): Attempt {
  const { basket, catalogue, payment, session } = state;
  const owed = due(state);
  const byBand = tender === "purse";
  const paid = byBand ? payment : { ...payment, cash: 0, part: 0 };
  const byVoucher = !byBand && paid.vouchers.length > 0;
  return {
    kind: "sell",
    intent,
    staff: session.staff ?? "",
    tender: byVoucher ? "voucher" : byBand && paid.meal ? "meal" : tender,
    lines: basket,
    amount: paid.part || owed.total,
    ...(ageMin(basket, catalogue.items) > 0 ? { ageChecked: true } : {}),
    payment: paid,
    ...(owed.parts.length > 0 && !paid.part ? { parts: owed.parts } : {}),
    doubtful: false,
  };
}

// The same for as long as the attempt lasts: another content under its intent would be refused.
export function requestOf(attempt: Attempt): [path: string, body: Record<string, unknown>] {
  if (attempt.kind === "sell") return ["/api/sell", sellBody(attempt)];
  const { intent, reason, sale } = attempt;
  return ["/api/void", { intent, sale, reason }];
}

// A part is its amount alone; tip and earlier parts go with the sale that has the goods.
function sellBody(attempt: SellAttempt): Record<string, unknown> {
  const { tip, tipConfirmed, cash, part, vouchers, restLost } = paymentOf(attempt);
  const byVoucher = attempt.tender === "voucher";
  return {
    intent: attempt.intent,
    tender: byVoucher ? "cash" : attempt.tender,
    lines: attempt.lines,
    expected_minor: attempt.amount,
    ...(attempt.ageChecked ? { age_checked: true } : {}),
    ...(part > 0 ? { part_minor: part } : {}),
    ...(tip > 0 && !part ? { tip_minor: tip } : {}),
    ...(tip > 0 && !part && tipConfirmed ? { tip_confirmed: true } : {}),
    ...(cash > 0 && !part ? { cash_minor: cash } : {}),
    ...(attempt.parts ? { parts: attempt.parts } : {}),
    ...(byVoucher ? { vouchers: vouchers.map(({ code }) => code) } : {}),
    ...(byVoucher && restLost ? { rest_forfeited: true } : {}),
  };
}

// One that was kept may be of an earlier page.
export function paymentOf({ payment }: SellAttempt): Payment {
  return payment ? { ...PLAIN, ...payment } : PLAIN;
}

// What the till's sales are once this one is done: the parts that it names are used.
export function salesWith(
  sales: readonly Sale[],
  attempt: SellAttempt,
  receipt: Receipted,
  now: number,
): Sale[] {
  const part = isPart(attempt);
  const sale: Sale = {
    id: receipt.id,
    at_ms: now,
    tender: attempt.tender,
    amount_minor: receipt.amount_minor,
    lines: part ? [] : [...attempt.lines],
    open_part: part,
    voided: false,
  };
  const others = sales
    .filter(({ id }) => id !== sale.id)
    .map((row) => (attempt.parts?.includes(row.id) ? { ...row, open_part: false } : row));
  return [sale, ...others].slice(0, SALES_SHOWN);
}

export function isPart(attempt: SellAttempt): boolean {
  return (attempt.payment ?? PLAIN).part > 0;
}

export function paidOutcome(attempt: SellAttempt, receipt: Receipted): Outcomes<"paid"> {
  return {
    kind: "paid",
    tender: attempt.tender,
    amount: receipt.amount_minor,
    before: receipt.balance_before_minor ?? null,
    after: receipt.balance_minor ?? null,
    cash: receipt.cash_minor ?? 0,
    crew: receipt.crew_minor ?? 0,
    voucher: receipt.voucher_minor ?? 0,
    mealsLeft: attempt.tender === "meal" ? (receipt.meals_left ?? 0) : null,
    part: isPart(attempt),
  };
}

// Where a voided sale's money goes: each payer gets back what was theirs.
export function voidedOutcome(tender: Tender, receipt: Receipted): Outcomes<"voided"> {
  const amount = receipt.amount_minor;
  const cash = tender === "cash" ? amount : (receipt.cash_minor ?? 0);
  const crew = receipt.crew_minor ?? 0;
  const vouchers = receipt.voucher_minor ?? 0;
  const band = sum([amount, -cash, -crew, -vouchers]);
  return { kind: "voided", amount, cash, band, meals: tender === "meal", vouchers };
}

export function refusedOutcome(
  attempt: Attempt,
  failure: Failure,
  state: Basis,
): Outcomes<"refused"> {
  const code = codeOf(failure);
  const byMoney = attempt.kind === "sell" && attempt.tender === "purse";
  const rest = restOf(attempt, failure, state);
  const tip = attempt.kind === "sell" && code === "tip-check-needed" && attempt.payment?.tip;
  const lost = code === "voucher-rest" ? lostOf(attempt, state) : 0;
  return {
    kind: "refused",
    during: attempt.kind,
    failure,
    lacks: null,
    cashInstead: byMoney && code === "insufficient-funds",
    ...(rest ? { rest } : {}),
    ...(tip ? { tip } : {}),
    ...(lost > 0 ? { lost } : {}),
  };
}

// What an attempt's vouchers are above its goods; 0 where that cannot be told.
function lostOf(attempt: Attempt, { catalogue }: Basis): Minor {
  if (attempt.kind !== "sell" || !catalogue.loaded) return 0;
  const { tip, vouchers } = paymentOf(attempt);
  const lent = deposit(attempt.lines, catalogue.items);
  return spend(vouchers, sum([attempt.amount, -lent, -tip])).lost;
}

// What an attempt takes from the band itself, where no meal pays.
export function fromBand(attempt: Attempt): Minor {
  const cash = attempt.kind === "sell" ? (attempt.payment?.cash ?? 0) : 0;
  return sum([attempt.amount, -cash]);
}

// How others can pay what a band cannot.
export interface Rest {
  cash: Minor; // of the goods
  part: Minor; // from this band, if another pays the rest; 0: nothing would be left for it
}

// The band pays as much as it has, but never all the goods: some are left for the sale itself.
export function restOf(attempt: Attempt, failure: Failure, state: Basis): Rest | null {
  const cash = failure.kind === "refused" ? (failure.shortMinor ?? 0) : 0;
  if (attempt.kind !== "sell" || attempt.tender !== "purse" || isPart(attempt)) return null;
  if (cash <= 0 || !state.catalogue.loaded) return null;
  const { tip } = attempt.payment ?? PLAIN;
  const beside = sum([deposit(attempt.lines, state.catalogue.items), tip]);
  const most = sum([attempt.amount, -beside, -1]);
  const part = Math.min(most, sum([attempt.amount, -cash]));
  const full = partsHere(state).length >= PARTS_MAX;
  return { cash, part: full ? 0 : Math.max(0, part) };
}
