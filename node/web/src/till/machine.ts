// SPDX-License-Identifier: Apache-2.0
// The till without its screen: what comes in (touches, bands, answers) and the state it makes.
import { codeOf, isUnknown, type Answer, type Api, type Failure } from "../shared/api";
import type {
  Balance,
  Catalogue,
  Hello,
  ReaderEvent,
  Receipted,
  Sale,
  Session,
  TillStatus,
} from "../shared/contract";
import type { LiveHandlers } from "../shared/live";
import { askOf, Asking, ROUNDS_MAX, type Ask, type Ending } from "./asks";
import { ageMin, change, onlySold, remove, type Basket } from "./basket";
import { DECISIONS, OF_A_SALE, OF_THE_BAND } from "./codes";
import { Paying } from "./paying";
import {
  fromBand,
  isPart,
  paidOutcome,
  paymentOf,
  PLAIN,
  refusedOutcome,
  requestOf,
  salesWith,
  sellAttempt,
  underPrices,
  voidedOutcome,
  vouchersOf,
} from "./payment";
import {
  awaitsBand,
  EMPTY,
  isByBand,
  isFree,
  isOwn,
  lastSale,
  mayCharge,
  NO_OFFER,
  SAID_NO,
  unanswered,
  voidAttempt,
  type Attempt,
  type Outcome,
  type TillState,
  type VoidReason,
} from "./state";
import { Tray } from "./tray";

export interface Ports {
  api: Api;
  live: (handlers: LiveHandlers) => { start(): void; stop(): void };
  intent: () => string;
  now: () => number;
  after: (ms: number, run: () => void) => () => void;
  kept: { load(): Attempt | null; save(attempt: Attempt | null): void };
}

export const SHOWN_MS = 4000;
export const ASK_AGAIN_MS = 3000;
export const REPEATS_MAX = 20; // without a person; each of them keeps the session alive
const START_AGAIN_MS = 2000;
const SIGN_IN_TIMEOUT_MS = 15_000;

export class Till {
  state: TillState = EMPTY;
  onChange: (state: TillState) => void = () => undefined;

  readonly #ports: Ports;
  readonly #live: { start(): void; stop(): void };
  #intent: string | null = null; // of the basket as it is
  #seen: number | null = null; // the arrival dealt with
  #afterBreak = false; // what lies in the field when the link returns was not put there for us
  #stopShown: () => void = () => undefined;
  #stopAsking: () => void = () => undefined;
  #lastStaff: string | undefined;
  #repeats = 0; // of the open attempt, since a person last asked
  #rounds = 0; // of asking others about it
  readonly #asking: Asking;
  readonly #tray: Tray;
  readonly paying: Paying;
  #loadingCatalogue = false;

  constructor(ports: Ports) {
    this.#ports = ports;
    this.#asking = new Asking(ports, (asked) => {
      const { activity } = this.state;
      if (asked && activity.kind === "asking") this.#set({ activity: { ...activity, asked } });
    });
    this.#tray = new Tray(
      ports.api,
      () => this.state,
      (tray) => this.#set({ tray }),
    );
    this.paying = new Paying(
      () => this.state,
      (payment) => {
        this.#intent = null;
        this.#show(null);
        this.#set({ payment });
      },
      (aside) => {
        this.#intent = null;
        this.#show(null);
        this.#set({ aside });
      },
      (voucherFault) => this.#set({ voucherFault }),
    );
    this.#live = ports.live({
      events: {
        session: (session: Session) => this.#onSession(session),
        reader: (event: ReaderEvent) => this.#onReader(event),
        status: (status: TillStatus) => this.#onStatus(status),
      },
      up: () => this.#onUp(),
      down: () => this.#onDown(),
    });
  }

  // Start and session

  async start(): Promise<void> {
    const hello = await this.#ports.api.get<Hello>("/api/hello");
    if (!hello.ok) {
      this.#set({ link: "down" });
      this.#ports.after(START_AGAIN_MS, () => void this.start());
      return;
    }
    const attempt = this.#ports.kept.load();
    this.#set({ hello: hello.value, link: "connecting" });
    if (attempt) {
      this.#set({ activity: unanswered(attempt) });
      if (attempt.kind === "sell") {
        this.#set({ basket: attempt.lines, payment: paymentOf(attempt) });
      }
    }
    const session = await this.#ports.api.get<Session>("/api/session");
    if (session.ok && session.value.signed_in) {
      this.#signedIn(session.value);
      this.#askAgain();
    } else {
      this.#set({ phase: "sign-in" });
    }
    this.#live.start();
    void this.#tray.load();
  }

  async signIn(pin: string): Promise<void> {
    if (this.state.signIn.busy) return;
    this.#set({ signIn: { busy: true, failure: null, lockedUntil: null }, sessionEnded: false });
    const { api, now } = this.#ports;
    api.setToken(null);
    const answer = await api.post<Session>("/api/sign-in", { pin }, SIGN_IN_TIMEOUT_MS);
    if (answer.ok) {
      this.#signedIn(answer.value);
      this.#live.start();
      void this.#tray.load();
      await this.#tray.lift();
      this.#askAgain();
    } else {
      const { failure } = answer;
      const wait = failure.kind === "refused" && codeOf(failure) === "locked-out";
      const left = wait ? (failure.retryAfterS ?? 0) * 1000 : 0;
      const lockedUntil = left > 0 ? now() + left : null;
      this.#set({ signIn: { busy: false, failure, lockedUntil } });
    }
  }

  async signOut(): Promise<void> {
    const answer = await this.#ports.api.post<Session>("/api/sign-out", {});
    if (!answer.ok && codeOf(answer.failure) !== "sign-in-needed") {
      this.#show({ kind: "refused", during: "sign-out", failure: answer.failure, ...NO_OFFER });
      return;
    }
    this.#signedOut(false);
    this.#live.start();
  }

  // Stock and shift, a page of its own

  openStock(): void {
    if (!isFree(this.state) || this.state.phase !== "selling") return;
    this.#show(null);
    this.#set({ page: "stock", voiding: null });
  }

  closeStock(): void {
    this.#set({ page: "sell", handOver: null });
  }

  // Another person goes on with the same page.
  async handOver(): Promise<void> {
    this.#set({ handOver: this.state.session.staff ?? "" });
    await this.signOut();
    if (this.state.phase === "selling") this.#set({ handOver: null });
  }

  // A page that heard that its session is over, or that its token is an old one.
  sessionOver(): void {
    this.#signedOut(true);
    this.#live.start();
  }
  tokenIsOld(): void {
    void this.#renewToken();
  }

  #signedIn(session: Session): void {
    this.#ports.api.setToken(session.token ?? null);
    if (session.staff !== this.#lastStaff && isFree(this.state)) this.#setBasket([]);
    const { handOver, page } = this.state;
    const same = session.staff === this.#lastStaff;
    this.#set({
      phase: "selling",
      page: handOver || same ? page : "sell",
      handOver: null,
      session,
      sessionEnded: false,
      signIn: { busy: false, failure: null, lockedUntil: null },
      outcome: null,
    });
    this.#lastStaff = session.staff;
    const { activity } = this.state;
    const bandAgain = activity.kind === "band-again";
    if (activity.kind === "unanswered" || (bandAgain && !isOwn(this.state, activity.attempt))) {
      this.#set({ activity: unanswered(activity.attempt) });
    }
    this.#repeats = 0;
    void this.loadCatalogue();
    void this.#loadSales();
  }

  #signedOut(byNode: boolean): void {
    this.#ports.api.setToken(null);
    this.#stopAsking();
    this.#asking.stop();
    const { activity } = this.state;
    if (activity.kind === "asking") this.#set({ activity: unanswered(activity.attempt) });
    if (!byNode) this.#lastStaff = undefined;
    this.#set({
      phase: "sign-in",
      session: { signed_in: false },
      sessionEnded: byNode,
      outcome: null,
      voiding: null,
    });
  }

  #onSession(session: Session): void {
    if (!session.signed_in) {
      if (this.state.phase === "selling") this.#signedOut(true);
    } else if (this.state.phase === "sign-in" && !this.state.signIn.busy) {
      void this.#adoptSession();
    }
  }

  // Signed in elsewhere in this browser: the token is ours too.
  async #adoptSession(): Promise<void> {
    const session = await this.#ports.api.get<Session>("/api/session");
    if (!session.ok || !session.value.signed_in) return;
    this.#signedIn(session.value);
    this.#askAgain();
  }

  // Another window of this browser signed in since: its token is the one that counts.
  async #renewToken(): Promise<void> {
    const session = await this.#ports.api.get<Session>("/api/session");
    if (!session.ok) return;
    const { signed_in, staff, token } = session.value;
    if (signed_in && staff !== this.state.session.staff) this.#signedIn(session.value);
    else this.#ports.api.setToken(token ?? null);
  }

  // The link

  #onUp(): void {
    if (this.state.link === "up") return;
    this.#set({ link: "up" });
    if (this.state.phase === "selling" && this.state.catalogue.failure) void this.loadCatalogue();
    if (this.state.tray.failure) void this.#tray.load();
    this.#askAgain();
  }

  #onDown(): void {
    this.#afterBreak = true;
    if (this.state.link !== "down") this.#set({ link: "down" });
  }

  #onStatus(status: TillStatus): void {
    const before = this.state.status?.rules.version;
    const { version } = status.rules;
    this.#set({ status, statusAt: this.#ports.now() });
    const { catalogue, phase } = this.state;
    if (version === catalogue.version || phase !== "selling" || this.#loadingCatalogue) return;
    // Refused under these rules, it would be refused again.
    const final = catalogue.failure && !isUnknown(catalogue.failure) && version === before;
    if (!final) void this.loadCatalogue();
  }

  async loadCatalogue(): Promise<void> {
    this.#loadingCatalogue = true;
    const answer = await this.#ports.api.get<Catalogue>("/api/catalogue");
    this.#loadingCatalogue = false;
    if (!answer.ok) {
      this.#set({ catalogue: { ...this.state.catalogue, failure: answer.failure } });
      return;
    }
    const { items, version } = answer.value;
    const before = this.state;
    this.#set({ catalogue: { items, version, failure: null, loaded: true } });
    if (!isFree(before)) return;
    const basket = onlySold(before.basket, items);
    const payment = underPrices(before, { ...this.state, basket });
    if (basket === before.basket && payment === before.payment) return;
    this.#intent = null;
    this.#set({ basket, payment }); // what is shown stays: it may be the refusal that led here
  }

  async #loadSales(): Promise<void> {
    const before = this.state.sales;
    const answer = await this.#ports.api.get<{ sales: Sale[] }>("/api/sales");
    // A sale was made meanwhile, which the answer may not have: a part in it is money.
    if (answer.ok && this.state.sales !== before) return this.#loadSales();
    if (answer.ok) this.#set({ sales: answer.value.sales, salesKnown: true });
    else if (this.state.phase === "selling") {
      this.#ports.after(ASK_AGAIN_MS, () => void this.#loadSales());
    }
  }

  // The basket

  add(sku: string): void {
    if (isFree(this.state)) this.#setBasket(change(this.state.basket, sku, 1));
  }

  less(sku: string): void {
    if (isFree(this.state)) this.#setBasket(change(this.state.basket, sku, -1));
  }

  remove(sku: string): void {
    if (isFree(this.state)) this.#setBasket(remove(this.state.basket, sku));
  }

  // The seller looked: the customer is old enough for all that is in the basket.
  ageChecked(): void {
    this.#set({ ageChecked: ageMin(this.state.basket, this.state.catalogue.items) });
  }

  dismiss(): void {
    this.#show(null);
  }

  #setBasket(basket: Basket): void {
    this.#intent = null;
    this.#show(null);
    const payment = vouchersOf(this.state.payment); // all else was for the basket as it was
    this.#set(basket.length > 0 ? { basket, payment } : { basket, payment: PLAIN, ageChecked: 0 });
  }

  // Charging

  cash(): void {
    if (mayCharge(this.state)) void this.#sell("cash");
  }

  // The yes to the question what becomes of a voucher's rest.
  loseRest(): void {
    const { outcome } = this.state;
    if (outcome?.kind !== "refused" || !outcome.lost) return;
    this.paying.loseRest();
    this.cash();
  }

  #onReader(event: ReaderEvent): void {
    const fresh = event.arrival !== this.#seen && !this.#afterBreak;
    const staffLifted = this.state.reader.field === "staff" && event.field === "empty";
    this.#seen = event.arrival;
    this.#afterBreak = false;
    this.#set({ reader: event });
    if (event.field === "staff" && fresh) {
      this.#set({ signIn: { ...this.state.signIn, failure: null, lockedUntil: null } });
    }
    if (staffLifted) this.#askAgain();
    if (event.field !== "band" || !fresh || this.state.phase !== "selling") return;
    if (this.state.page !== "sell") return;
    const { activity, voiding } = this.state;
    if (activity.kind === "band-again" || activity.kind === "unanswered") {
      if (isOwn(this.state, activity.attempt)) void this.#send(activity.attempt);
    } else if (activity.kind === "idle" && !voiding) {
      if (this.state.basket.length === 0) void this.#readBalance();
      else if (awaitsBand(this.state)) void this.#sell("purse");
    }
  }

  #sell(tender: "cash" | "purse"): Promise<void> {
    this.#intent ??= this.#ports.intent();
    this.#rounds = 0;
    return this.#send(sellAttempt(this.state, tender, this.#intent));
  }

  async #send(attempt: Attempt, repeats = 0): Promise<void> {
    this.#repeats = repeats;
    this.#stopAsking();
    this.#show(null);
    this.#set({ activity: { kind: "busy", attempt } });
    this.#ports.kept.save(attempt);
    const [path, body] = requestOf(attempt);
    const answer = await this.#ports.api.post<Receipted>(path, body);
    this.#settle(attempt, answer);
  }

  #settle(attempt: Attempt, answer: Answer<Receipted>): void {
    if (answer.ok) return this.#done(attempt, answer.value);
    const { failure } = answer;
    const code = codeOf(failure);
    const doubt: Attempt = { ...attempt, doubtful: true };
    const byBand = isByBand(attempt);
    const ask = askOf(failure);
    const bandAgain =
      code === "tap-again" ||
      (byBand && attempt.doubtful && OF_THE_BAND.has(code)) ||
      (byBand && attempt.kind === "void" && code === "no-band");
    if (code === "sign-in-needed") {
      if (attempt.doubtful) this.#wait(attempt, failure);
      else this.#close();
      this.#signedOut(true);
      this.#live.start();
    } else if (isUnknown(failure) || (bandAgain && !isOwn(this.state, attempt))) {
      this.#wait(doubt, failure);
    } else if (bandAgain) {
      this.#ports.kept.save(doubt);
      this.#set({ activity: { kind: "band-again", attempt: doubt, text: failure } });
      void this.#tray.lift();
    } else if (ask && this.#rounds < ROUNDS_MAX) {
      this.#waitForYes(attempt, ask);
    } else if (attempt.doubtful && !DECISIONS.has(code)) {
      this.#wait(attempt, failure);
      if (code === "request-forged") void this.#renewToken();
    } else {
      this.#refused(attempt, failure, code);
    }
  }

  #done(attempt: Attempt, receipt: Receipted): void {
    this.#close();
    if (attempt.kind === "sell") {
      const { payment } = this.state;
      const sales = salesWith(this.state.sales, attempt, receipt, this.#ports.now());
      // After a part the goods still wait for who pays the rest.
      if (isPart(attempt)) this.#set({ payment: { ...payment, cash: 0, part: 0 }, sales });
      else this.#set({ basket: [], payment: PLAIN, ageChecked: 0, sales });
      this.#show(paidOutcome(attempt, receipt));
    } else {
      const sales = this.state.sales.map((sale) =>
        sale.id === attempt.sale ? { ...sale, voided: true } : sale,
      );
      this.#set({ sales });
      this.#show(voidedOutcome(attempt.tender, receipt));
      void this.#loadSales(); // the parts that the sale had used are open again
    }
    void this.#tray.lift();
  }

  #refused(attempt: Attempt, failure: Failure, code: string): void {
    const outcome = refusedOutcome(attempt, failure, this.state);
    this.#close();
    this.#show(outcome);
    if (attempt.kind === "void" || OF_A_SALE.has(code)) void this.#loadSales();
    if (code === "request-forged") void this.#renewToken();
    if (code === "price-changed" || code === "unknown-item") void this.loadCatalogue();
    if (outcome.cashInstead) void this.#lacks(outcome, attempt);
    else void this.#tray.lift();
  }

  // What the band lacks, if it still lies there to be read.
  async #lacks(outcome: Outcome, attempt: Attempt): Promise<void> {
    if (this.state.reader.field === "band") {
      const answer = await this.#ports.api.post<Balance>("/api/balance", {});
      const lacks = answer.ok ? fromBand(attempt) - answer.value.balance_minor : 0;
      if (this.state.outcome === outcome && outcome.kind === "refused" && lacks > 0) {
        this.#show({ ...outcome, lacks });
      }
    }
    await this.#tray.lift();
  }

  // Others are asked. Their yes, or a node that forgot the question, sends the same intent again.
  #waitForYes(attempt: Attempt, ask: Ask): void {
    this.#rounds += 1;
    const ended = (ending: Ending): void => {
      if (ending === "again") void this.#send(attempt);
      else if (ending === "signed-out") this.sessionOver();
      else {
        this.#close();
        this.#show({ kind: "refused", during: attempt.kind, failure: SAID_NO, ...NO_OFFER });
      }
    };
    const asked = this.#asking.wait(ask, ended);
    this.#set({ activity: { kind: "asking", attempt, asked } });
    void this.#tray.lift();
  }

  askOn(): void {
    this.#asking.goOn();
  }

  #close(): void {
    this.#stopAsking();
    this.#asking.stop();
    this.#intent = null;
    this.#ports.kept.save(null);
    this.#set({ activity: { kind: "idle" } });
  }

  // No answer: ask again with the same intent, now and then for a while, and when the link returns.
  #wait(attempt: Attempt, failure: Failure): void {
    this.#ports.kept.save(attempt);
    const stopped = this.#repeats >= REPEATS_MAX;
    this.#set({ activity: { kind: "unanswered", attempt, text: failure, stopped } });
    const wait = failure.kind === "refused" ? (failure.retryAfterS ?? 0) * 1000 : 0;
    this.#stopAsking();
    this.#stopAsking = this.#ports.after(Math.max(wait, ASK_AGAIN_MS), () => this.#askAgain());
  }

  // By itself: never in another person's name, nor before the staff band is off the reader.
  #askAgain(): void {
    const { activity, link, phase, reader } = this.state;
    if (activity.kind !== "unanswered" || phase !== "selling" || link === "down") return;
    const { attempt } = activity;
    const staffBand = isByBand(attempt) && reader.field === "staff";
    if (!isOwn(this.state, attempt) || staffBand || this.#repeats >= REPEATS_MAX) return;
    void this.#send(attempt, this.#repeats + 1);
  }

  // By the one who is signed in, whose attempt it is from now on.
  askNow(): void {
    const { activity, phase, session } = this.state;
    if (activity.kind !== "unanswered" || phase !== "selling") return;
    this.#rounds = 0;
    void this.#send({ ...activity.attempt, staff: session.staff ?? "" });
  }

  giveUp(): void {
    const { activity } = this.state;
    if (activity.kind === "idle" || activity.kind === "busy") return;
    this.#asking.withdraw();
    this.#close();
    this.paying.fromOne(); // the rest, too, may be paid by now
    if (!isOwn(this.state, activity.attempt)) this.#setBasket([]);
    void this.#loadSales();
  }

  async #readBalance(): Promise<void> {
    this.#show(null);
    this.#set({ activity: { kind: "busy", attempt: null } });
    const answer = await this.#ports.api.post<Balance>("/api/balance", {});
    this.#set({ activity: { kind: "idle" } });
    if (answer.ok) {
      const { balance_minor: balance, meals_left: mealsLeft = 0 } = answer.value;
      this.#show({ kind: "balance", balance, mealsLeft });
    } else if (codeOf(answer.failure) === "sign-in-needed") {
      this.#signedOut(true);
      this.#live.start();
    } else {
      const { failure } = answer;
      this.#show({ kind: "refused", during: "balance", failure, ...NO_OFFER });
    }
    await this.#tray.lift();
  }

  // Void

  askVoid(): void {
    if (isFree(this.state)) {
      this.#show(null);
      this.#set({ voiding: lastSale(this.state) });
    }
  }

  cancelVoid(): void {
    this.#set({ voiding: null });
  }

  voidFor(reason: VoidReason): void {
    const { voiding } = this.state;
    if (!voiding || !isFree(this.state)) return;
    this.#set({ voiding: null });
    this.#rounds = 0;
    void this.#send(voidAttempt(this.state, voiding, reason, this.#ports.intent()));
  }

  // The simulated reader

  tap(name: string, leaves = false): Promise<void> {
    return this.#tray.tap(name, leaves);
  }

  // The state

  #show(outcome: Outcome | null): void {
    this.#stopShown();
    const { outcome: shown, voucherFault } = this.state;
    if (shown !== outcome || voucherFault) this.#set({ outcome, voucherFault: null });
    if (!outcome || outcome.kind === "refused") return;
    if ("cash" in outcome && outcome.cash > 0) return; // until it has changed hands
    this.#stopShown = this.#ports.after(SHOWN_MS, () => this.#set({ outcome: null }));
  }

  #set(patch: Partial<TillState>): void {
    this.state = { ...this.state, ...patch };
    this.onChange(this.state);
  }
}
