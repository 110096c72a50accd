// SPDX-License-Identifier: Apache-2.0
// What other devices ask this wall's people to approve. A node without asks answers 404: then
// nothing of it is shown.
import { codeOf, isUnknown, type Api, type Failure } from "../shared/api";
import type { Names } from "../shared/contract";

export interface Ask {
  hash: string;
  sentence: Names;
  device: string;
  stand: string;
  staff: string;
  age_ms: number;
  needed: number;
  yes: number;
  mine: boolean; // whoever is signed in here has done their part, or asked for it
}

export interface Asks {
  asks: Ask[];
  may_approve: boolean;
}

export interface AskResult {
  kind: "yes" | "no" | "gone" | "unknown";
  sentence: Names;
}

export interface AsksState {
  known: boolean; // this node has asks
  asks: Ask[];
  mayApprove: boolean;
  at: number; // by this browser's clock, for ages
  open: Ask | null; // as it was when it was opened: what is said yes to
  busy: boolean;
  failure: Failure | null;
  lockedUntil: number | null;
  result: AskResult | null;
}

export const NO_ASKS: AsksState = {
  known: false,
  asks: [],
  mayApprove: false,
  at: 0,
  open: null,
  busy: false,
  failure: null,
  lockedUntil: null,
  result: null,
};

const PATH = "/api/asks";
const YES_TIMEOUT_MS = 15_000;
const SHOWN_MAX = 100;

function isAsks(data: unknown): data is Asks {
  return typeof data === "object" && data !== null && Array.isArray((data as Asks).asks);
}

export class AsksScreen {
  state: AsksState = NO_ASKS;
  onChange: (state: AsksState) => void = () => undefined;
  #epoch = 0;

  constructor(
    private readonly api: Pick<Api, "get" | "post">,
    private readonly now: () => number,
  ) {}

  async load(): Promise<void> {
    const epoch = this.#epoch;
    const answer = await this.api.get<Asks>(PATH);
    if (epoch !== this.#epoch) return;
    if (answer.ok) this.take(answer.value);
    else if (answer.failure.kind === "refused" && answer.failure.status === 404) this.forget();
  }

  // As the live stream sends them.
  take(data: unknown): void {
    if (!isAsks(data)) return;
    const asks = data.asks.slice(0, SHOWN_MAX);
    this.#set({ known: true, asks, mayApprove: data.may_approve === true, at: this.now() });
    const { open, busy } = this.state;
    if (!open || busy) return;
    const still = asks.find(({ hash }) => hash === open.hash);
    // Answered elsewhere while it was open here.
    if (!still) this.#close({ kind: "gone", sentence: open.sentence });
    else if (still.mine) this.#close(null);
  }

  openAsk(hash: string): void {
    const ask = this.state.asks.find((row) => row.hash === hash);
    if (!ask || ask.mine || !this.state.mayApprove || this.state.busy) return;
    this.#set({ open: ask, failure: null, result: null });
  }

  closeAsk(): void {
    if (!this.state.busy) this.#close(null);
  }

  dismiss(): void {
    this.#set({ result: null });
  }

  async yes(passphrase: string): Promise<void> {
    if (passphrase) await this.#say("yes", { passphrase });
  }

  async no(): Promise<void> {
    await this.#say("no", {});
  }

  forget(): void {
    this.#epoch += 1;
    this.#set(NO_ASKS);
  }

  async #say(word: "yes" | "no", body: object): Promise<void> {
    const { open, busy } = this.state;
    if (!open || busy) return;
    const epoch = this.#epoch;
    this.#set({ busy: true, failure: null });
    const path = `${PATH}/${encodeURIComponent(open.hash)}/${word}`;
    const answer = await this.api.post<unknown>(path, body, YES_TIMEOUT_MS);
    if (epoch !== this.#epoch) return;
    this.#set({ busy: false });
    if (answer.ok) {
      this.#close({ kind: word, sentence: open.sentence });
      await this.load();
      return;
    }
    const { failure } = answer;
    if (isUnknown(failure)) {
      // It may have been heard: the list says so, and the question is not asked blindly again.
      this.#close({ kind: "unknown", sentence: open.sentence });
      await this.load();
    } else if (codeOf(failure) === "unknown-ask") {
      this.#close({ kind: "gone", sentence: open.sentence });
      await this.load();
    } else {
      const wait = failure.kind === "refused" ? (failure.retryAfterS ?? 0) * 1000 : 0;
      const locked = codeOf(failure) === "locked-out" && wait > 0;
      this.#set({ failure, lockedUntil: locked ? this.now() + wait : null });
    }
  }

  #close(result: AskResult | null): void {
    this.#set({ open: null, failure: null, lockedUntil: null, result });
  }

  #set(patch: Partial<AsksState>): void {
    this.state = { ...this.state, ...patch };
    this.onChange(this.state);
  }
}
