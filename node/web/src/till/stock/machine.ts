// SPDX-License-Identifier: Apache-2.0
// Stock and shift without their screen. Everything typed is in one person's name and leaves the
// memory with that person.
import { codeOf, isUnknown, type Answer, type Api, type Failure } from "../../shared/api";
import type { CountOf, CountProgress, Done, Line, Stock } from "../../shared/contract";
import type { Minor } from "../../shared/money";
import { askOf, Asking, ROUNDS_MAX, type Ask, type Asked, type Ending } from "../asks";
import { DECISIONS } from "../codes";
import { attemptOf, linesOf, saidNone, standing, taskOf, typed, type Task } from "./counting";
import { NO_DRAFT, type Act, type Draft, type Drafts, type Place } from "./drafts";

export const ASK_AGAIN_MS = 3000;
export const REPEATS_MAX = 20; // without a person; each of them keeps the session alive
export const AMOUNT_DIGITS_MAX = 10;
export const BAG_MAX = 32;

export type Money = "open" | "drop" | "close";

export type Step =
  | { kind: "home" }
  | { kind: "money"; what: Money; digits: string; bag: string }
  | { kind: "count"; of: CountOf; at?: string } // at: the row to begin with
  | { kind: "review"; of: CountOf }
  | { kind: "close-sheet" };

export type Doing =
  | { kind: "idle" }
  | { kind: "busy"; act: Act }
  | { kind: "unanswered"; act: Act; text: Failure; stopped: boolean }
  | { kind: "asking"; act: Act; asked: Asked };

export type Outcome =
  | { kind: "opened"; amount: Minor }
  | { kind: "dropped"; amount: Minor; bag: string }
  | { kind: "closed"; over: Minor | null }
  | { kind: "counted"; of: CountOf }
  | { kind: "sheet-closed" }
  | { kind: "refused"; during: Act["kind"]; failure: Failure };

export interface StockState {
  stock: Stock | null; // null: not known yet
  failure: Failure | null; // of asking for it
  step: Step;
  doing: Doing;
  draft: Draft;
  outcome: Outcome | null;
}

export const START: StockState = {
  stock: null,
  failure: null,
  step: { kind: "home" },
  doing: { kind: "idle" },
  draft: NO_DRAFT,
  outcome: null,
};

export interface Ports {
  api: Api;
  intent: () => string;
  after: (ms: number, run: () => void) => () => void;
  drafts: Drafts;
  sessionOver: () => void;
  tokenIsOld: () => void;
}

export class StockPage {
  state: StockState = START;
  onChange: (state: StockState) => void = () => undefined;

  readonly #ports: Ports;
  readonly #asking: Asking;
  #device = "";
  #person: string | null = null; // null: nobody is at the page
  #stopRepeat: () => void = () => undefined;
  #stopLook: () => void = () => undefined;
  #looks = 0;
  #repeats = 0;
  #rounds = 0;

  constructor(ports: Ports) {
    this.#ports = ports;
    this.#asking = new Asking(ports, (asked) => {
      const { doing } = this.state;
      if (asked && doing.kind === "asking") this.#set({ doing: { ...doing, asked } });
    });
  }

  // Coming and going

  enter(device: string, person: string): void {
    this.leave();
    this.#device = device;
    this.#person = person;
    const act = this.#ports.drafts.loadAct(device, person);
    if (act) {
      const text: Failure = { kind: "no-answer", why: "network" };
      this.#set({ doing: { kind: "unanswered", act, text, stopped: false } });
      void this.#send(act);
    }
    void this.load();
  }

  leave(): void {
    this.#person = null;
    this.#stopRepeat();
    this.#stopLook();
    this.#asking.stop();
    this.#looks = this.#repeats = this.#rounds = 0;
    this.#set(START);
  }

  // By a person. While others are waited for, the page then looks again by itself for a while.
  async load(): Promise<void> {
    this.#looks = 0;
    await this.#look();
  }

  async #look(): Promise<void> {
    this.#stopLook();
    const person = this.#person;
    const answer = await this.#ports.api.get<Stock>("/api/stock");
    if (person === null || person !== this.#person) return;
    if (answer.ok) {
      const { closing, opening } = answer.value;
      this.#ports.drafts.prune(this.#device, closing?.sheet ?? opening?.sheet ?? 0);
      const { step } = this.state;
      const before = "of" in step ? this.#task(step.of) : null;
      this.#set({ stock: answer.value, failure: null });
      // Another sheet or round: what is on the screen is not wanted any more.
      if ("of" in step && this.#task(step.of) !== before && this.#isFree) this.#home();
    } else if (codeOf(answer.failure) === "sign-in-needed") {
      return this.#ports.sessionOver();
    } else {
      this.#set({ failure: answer.failure });
    }
    if (!answer.ok || this.#isWaiting(answer.value)) {
      if ((this.#looks += 1) > REPEATS_MAX) return;
      this.#stopLook = this.#ports.after(ASK_AGAIN_MS, () => void this.#look());
    }
  }

  #isWaiting({ opening, closing, waits_for }: Stock): boolean {
    const waits = (progress: CountProgress | null): boolean =>
      standing(progress, this.#person ?? "").kind === "waiting";
    return waits_for.length > 0 || waits(closing) || waits(opening);
  }

  // Money

  money(what: Money): void {
    if (this.#isFree) this.#step({ kind: "money", what, digits: "", bag: "" });
  }

  setAmount(digits: string): void {
    const { step } = this.state;
    if (step.kind !== "money" || !/^\d*$/.test(digits) || digits.length > AMOUNT_DIGITS_MAX) return;
    this.#set({ step: { ...step, digits } });
  }

  setBag(bag: string): void {
    const { step } = this.state;
    if (step.kind === "money") this.#set({ step: { ...step, bag: bag.slice(0, BAG_MAX) } });
  }

  commitMoney(): void {
    const { step } = this.state;
    const amount = amountOf(step);
    if (step.kind !== "money" || amount === null || !this.#isFree) return;
    const bag = step.bag.trim();
    if (step.what === "drop" && (amount === 0 || bag === "")) return;
    const body = { action: step.what, amount_minor: amount };
    const dropped = step.what === "drop" ? { bag } : {};
    this.#act(step.what, "/api/shift", { ...body, ...dropped });
  }

  // The sheet

  askCloseSheet(): void {
    if (this.#isFree) this.#step({ kind: "close-sheet" });
  }

  closeSheet(): void {
    if (this.#isFree) this.#act("close-sheet", "/api/close-sheet", {});
  }

  // Counting

  count(of: CountOf): void {
    const place = this.#place(of);
    if (!place || !this.#isFree) return;
    this.#set({ draft: this.#ports.drafts.load(place) });
    this.#step({ kind: "count", of });
  }

  type(sku: string, field: string, text: string): void {
    this.#draft({ rows: typed(this.state.draft.rows, sku, field, text) });
  }

  none(sku: string): void {
    this.#draft({ rows: saidNone(this.state.draft.rows, sku) });
  }

  addItem(sku: string): void {
    const { extra } = this.state.draft;
    if (!extra.includes(sku)) this.#draft({ extra: [...extra, sku] });
  }

  review(): void {
    const { step } = this.state;
    if (step.kind === "count") this.#step({ kind: "review", of: step.of });
  }

  // What is on the list of the count that is open.
  task(): Task {
    const { step, stock, draft } = this.state;
    const progress = "of" in step ? stock?.[step.of] : null;
    if (!stock || !progress) return { rows: [], others: [], settled: [] };
    return taskOf(stock.items, progress, this.#person ?? "", draft.extra);
  }

  commitCount(): void {
    const { step } = this.state;
    if (step.kind !== "review" || !this.#isFree) return;
    const found = linesOf(this.task(), this.state.draft.rows);
    if (!("lines" in found)) return;
    const lines: Line[] = found.lines;
    const place = this.#place(step.of);
    if (place) this.#act("count", "/api/count", { of: step.of, lines }, place);
  }

  // From the review to one of its rows.
  change(sku: string): void {
    const { step } = this.state;
    if (step.kind === "review") this.#step({ kind: "count", of: step.of, at: sku });
  }

  back(): void {
    const { step } = this.state;
    if (step.kind === "review") this.#step({ kind: "count", of: step.of });
    else this.#home();
  }

  // Whether something typed waits to be gone on with.
  hasDraft(of: CountOf): boolean {
    const place = this.#place(of);
    return place !== null && Object.keys(this.#ports.drafts.load(place).rows).length > 0;
  }

  dismiss(): void {
    this.#set({ outcome: null });
  }

  // Requests

  #act(kind: Act["kind"], path: string, given: Record<string, unknown>, place?: Place): void {
    this.#repeats = this.#rounds = 0;
    const body = { intent: this.#ports.intent(), ...given };
    void this.#send({ kind, path, doubtful: false, body, ...(place ? { place } : {}) });
  }

  async #send(act: Act): Promise<void> {
    const person = this.#person;
    if (person === null) return;
    this.#stopRepeat();
    this.#ports.drafts.saveAct(this.#device, person, act);
    this.#set({ doing: { kind: "busy", act }, outcome: null });
    const answer = await this.#ports.api.post<Done>(act.path, act.body);
    // Who left meanwhile is asked about it when they come back.
    if (person === this.#person) this.#settle(act, answer);
  }

  #settle(act: Act, answer: Answer<Done>): void {
    if (answer.ok) return this.#done(act, answer.value);
    const { failure } = answer;
    const code = codeOf(failure);
    const ask = askOf(failure);
    if (code === "sign-in-needed") {
      // Not done, and nobody's to do by itself later; what was counted is still typed.
      if (!act.doubtful) this.#ports.drafts.saveAct(this.#device, this.#person ?? "", null);
      this.#ports.sessionOver();
    } else if (isUnknown(failure)) {
      this.#wait({ ...act, doubtful: true }, failure);
    } else if (ask && this.#rounds < ROUNDS_MAX) {
      this.#waitForYes(act, ask);
    } else if (act.doubtful && !DECISIONS.has(code)) {
      this.#wait(act, failure);
      if (code === "request-forged") this.#ports.tokenIsOld();
    } else {
      this.#close();
      this.#set({ outcome: { kind: "refused", during: act.kind, failure } });
      if (code === "request-forged") this.#ports.tokenIsOld();
      void this.load();
    }
  }

  #done(act: Act, done: Done): void {
    if (act.place) this.#ports.drafts.drop(act.place);
    this.#close();
    this.#home();
    this.#set({ outcome: outcomeOf(act, done) });
    void this.load();
  }

  #waitForYes(act: Act, ask: Ask): void {
    this.#rounds += 1;
    const ended = (ending: Ending): void => {
      if (ending === "again") void this.#send(act);
      else if (ending === "signed-out") this.#ports.sessionOver();
      else {
        this.#close();
        const failure: Failure = { kind: "said-no" };
        this.#set({ outcome: { kind: "refused", during: act.kind, failure } });
      }
    };
    this.#set({ doing: { kind: "asking", act, asked: this.#asking.wait(ask, ended) } });
  }

  #wait(act: Act, text: Failure): void {
    this.#ports.drafts.saveAct(this.#device, this.#person ?? "", act);
    const stopped = this.#repeats >= REPEATS_MAX;
    this.#set({ doing: { kind: "unanswered", act, text, stopped } });
    if (stopped) return;
    this.#repeats += 1;
    this.#stopRepeat = this.#ports.after(ASK_AGAIN_MS, () => void this.#send(act));
  }

  // By a person.
  askNow(): void {
    const { doing } = this.state;
    this.#repeats = this.#rounds = 0;
    if (doing.kind === "unanswered") void this.#send(doing.act);
    else this.#asking.goOn();
  }

  giveUp(): void {
    const { doing } = this.state;
    if (doing.kind !== "unanswered" && doing.kind !== "asking") return;
    this.#asking.withdraw();
    this.#close();
    void this.load();
  }

  #close(): void {
    this.#stopRepeat();
    this.#asking.stop();
    this.#ports.drafts.saveAct(this.#device, this.#person ?? "", null);
    this.#set({ doing: { kind: "idle" } });
  }

  // The state

  get #isFree(): boolean {
    return this.state.doing.kind === "idle" && this.#person !== null;
  }

  #place(of: CountOf): Place | null {
    const progress = this.state.stock?.[of];
    if (!progress || this.#person === null) return null;
    const attempt = attemptOf(progress, this.#person);
    return { device: this.#device, person: this.#person, of, sheet: progress.sheet, attempt };
  }

  // Which count of which round this person would make now.
  #task(of: CountOf): string {
    const progress = this.state.stock?.[of] ?? null;
    return `${standing(progress, this.#person ?? "").kind} ${JSON.stringify(this.#place(of))}`;
  }

  #home(): void {
    this.#step({ kind: "home" });
    this.#set({ draft: NO_DRAFT });
  }

  #draft(patch: Partial<Draft>): void {
    const { step } = this.state;
    const place = "of" in step ? this.#place(step.of) : null;
    if (!place || !this.#isFree) return;
    const draft = { ...this.state.draft, ...patch };
    this.#ports.drafts.save(place, draft);
    this.#set({ draft });
  }

  #step(step: Step): void {
    this.#set({ step, outcome: null });
  }

  #set(patch: Partial<StockState>): void {
    this.state = { ...this.state, ...patch };
    this.onChange(this.state);
  }
}

// In minor units; null where nothing was typed: zero has to be typed too.
export function amountOf(step: Step): Minor | null {
  return step.kind === "money" && step.digits !== "" ? Number(step.digits) : null;
}

function outcomeOf(act: Act, done: Done): Outcome {
  const amount = Number(act.body["amount_minor"] ?? 0);
  switch (act.kind) {
    case "open":
      return { kind: "opened", amount };
    case "drop":
      return { kind: "dropped", amount, bag: String(act.body["bag"] ?? "") };
    case "close":
      return { kind: "closed", over: done.over_minor ?? null };
    case "count":
      return { kind: "counted", of: act.body["of"] as CountOf };
    case "close-sheet":
      return { kind: "sheet-closed" };
  }
}
