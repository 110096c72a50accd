// SPDX-License-Identifier: Apache-2.0
// What the till's screen shows; replaced as a whole at every change.
import type { Failure } from "../shared/api";
import type {
  Hello,
  Item,
  Line,
  ReaderEvent,
  Sale,
  Session,
  Tender,
  TillStatus,
  TrayBand,
} from "../shared/contract";
import type { Minor } from "../shared/money";
import type { Asked } from "./asks";
import { ageMin, type Basket } from "./basket";
import { due, PLAIN, type Payment, type Rest } from "./payment";
import type { VoucherFault } from "./voucher";

export const VOID_REASONS = ["wrong-item", "changed-mind", "other"] as const;
export type VoidReason = (typeof VOID_REASONS)[number];

// One thing asked of the node under one intent, kept until its outcome is known. Doubtful: the node
// may have done it, or begun to.
export type Attempt = {
  intent: string;
  staff: string; // who made it, or took it on
  amount: Minor;
  tender: Tender;
  doubtful: boolean;
} & (
  | {
      kind: "sell";
      lines: readonly Line[];
      ageChecked?: boolean;
      payment?: Payment; // absent: plain
      parts?: readonly string[]; // the sales that paid a part of it before
    }
  | { kind: "void"; sale: string; reason: VoidReason }
);

export function voidAttempt(
  state: TillState,
  sale: Sale,
  reason: VoidReason,
  intent: string,
): Attempt {
  return {
    kind: "void",
    intent,
    staff: state.session.staff ?? "",
    sale: sale.id,
    reason,
    amount: sale.amount_minor,
    tender: sale.tender,
    doubtful: false,
  };
}

export function unanswered(attempt: Attempt): Activity {
  const text: Failure = { kind: "no-answer", why: "network" };
  return { kind: "unanswered", attempt, text, stopped: false };
}

export type Activity =
  | { kind: "idle" }
  | { kind: "busy"; attempt: Attempt | null } // null: a balance is being read
  | { kind: "band-again"; attempt: Attempt; text: Failure }
  | { kind: "unanswered"; attempt: Attempt; text: Failure; stopped: boolean } // asking by itself
  | { kind: "asking"; attempt: Attempt; asked: Asked }; // another person has to say yes

export type Outcome =
  | {
      kind: "paid";
      tender: Tender;
      amount: Minor;
      before: Minor | null;
      after: Minor | null;
      cash: Minor; // to be taken, beside what the band paid
      crew: Minor; // paid by the festival
      voucher: Minor; // paid by vouchers
      mealsLeft: number | null; // null: the band pays no meals
      part: boolean; // others pay the rest
    }
  | { kind: "balance"; balance: Minor; mealsLeft: number }
  | {
      kind: "voided"; // and back to where
      amount: Minor;
      cash: Minor;
      band: Minor;
      meals: boolean;
      vouchers: Minor;
    }
  | {
      kind: "refused";
      during: "sell" | "void" | "balance" | "sign-out";
      failure: Failure;
      lacks: Minor | null;
      cashInstead: boolean;
      rest?: Rest; // how others can pay what the band cannot
      tip?: Minor; // to be confirmed
      lost?: Minor; // of a voucher, if the customer agrees
    };

export const NO_OFFER = { lacks: null, cashInstead: false };
export const SAID_NO: Failure = { kind: "said-no" };

export interface TillState {
  phase: "starting" | "sign-in" | "selling";
  page: "sell" | "stock"; // while somebody is signed in
  handOver: string | null; // who left the page to a second person
  link: "connecting" | "up" | "down";
  hello: Hello | null;
  session: Session;
  sessionEnded: boolean;
  signIn: { busy: boolean; failure: Failure | null; lockedUntil: number | null };
  reader: ReaderEvent;
  catalogue: {
    items: readonly Item[];
    version: number;
    failure: Failure | null;
    loaded: boolean;
  };
  basket: Basket;
  payment: Payment;
  ageChecked: number; // the seller looked: the customer is this old
  activity: Activity;
  outcome: Outcome | null;
  voucherFault: VoucherFault | null; // of what was scanned last
  voiding: Sale | null;
  sales: readonly Sale[];
  aside: readonly string[]; // of these, parts that the next sale does not name
  salesKnown: boolean;
  status: TillStatus | null;
  statusAt: number;
  tray: { bands: readonly TrayBand[]; placed: string | null; failure: Failure | null };
}

export const EMPTY: TillState = {
  phase: "starting",
  page: "sell",
  handOver: null,
  link: "connecting",
  hello: null,
  session: { signed_in: false },
  sessionEnded: false,
  signIn: { busy: false, failure: null, lockedUntil: null },
  reader: { arrival: 0, field: "empty" },
  catalogue: { items: [], version: 0, failure: null, loaded: false },
  basket: [],
  payment: PLAIN,
  ageChecked: 0,
  activity: { kind: "idle" },
  outcome: null,
  voucherFault: null,
  voiding: null,
  sales: [],
  aside: [],
  salesKnown: false,
  status: null,
  statusAt: 0,
  tray: { bands: [], placed: null, failure: null },
};

export function lastSale(state: TillState): Sale | null {
  return state.sales.find((sale) => !sale.voided) ?? null;
}

// Whether the basket may be touched: not while the outcome of a charge is open.
export function isFree(state: TillState): boolean {
  return state.activity.kind === "idle";
}

// Whether the one who is signed in made it.
export function isOwn(state: TillState, attempt: Attempt): boolean {
  return attempt.staff === state.session.staff;
}

// Whether somebody must look at the customer before this basket is charged.
export function mustLook(state: TillState): boolean {
  return ageMin(state.basket, state.catalogue.items) > state.ageChecked;
}

// Whether the basket as it is can be paid.
export function isReady(state: TillState): boolean {
  const { covered, spending } = due(state);
  return (
    state.basket.length > 0 && !state.voiding && !mustLook(state) && !covered && !spending.spare
  );
}

// Whether a band may pay it: vouchers go with cash alone.
export function awaitsBand(state: TillState): boolean {
  return isReady(state) && state.payment.vouchers.length === 0;
}

// Whether an attempt reads the band in the field.
export function isByBand({ tender }: Attempt): boolean {
  return tender === "purse" || tender === "meal";
}

// Whether it may be paid in cash, or by vouchers, now.
export function mayCharge(state: TillState): boolean {
  return isFree(state) && state.link !== "down" && isReady(state) && !state.payment.meal;
}
