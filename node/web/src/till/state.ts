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
} & ({ kind: "sell"; lines: readonly Line[]; ageChecked?: boolean } | { kind: "void"; sale: string; reason: VoidReason });

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
    }
  | { kind: "balance"; balance: Minor }
  | { kind: "voided"; amount: Minor; tender: Tender }
  | {
      kind: "refused";
      during: "sell" | "void" | "balance" | "sign-out";
      failure: Failure;
      lacks: Minor | null;
      cashInstead: boolean;
    };

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
  ageChecked: number; // the seller looked: the customer is this old
  activity: Activity;
  outcome: Outcome | null;
  voiding: Sale | null;
  sales: readonly Sale[];
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
  ageChecked: 0,
  activity: { kind: "idle" },
  outcome: null,
  voiding: null,
  sales: [],
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

export function mayCharge(state: TillState): boolean {
  const ready = state.basket.length > 0 && !state.voiding && !mustLook(state);
  return isFree(state) && state.link !== "down" && ready;
}
