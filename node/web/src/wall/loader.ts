// SPDX-License-Identifier: Apache-2.0
// Something slow that is asked for again and again: the last answer stays while a new one is made.
import { codeOf, type Api, type Failure } from "../shared/api";

export interface Loaded<T> {
  value: T | null;
  at: number; // by this browser's clock
  busy: boolean;
  failure: Failure | null; // of the last request
}

export const NOT_LOADED = { value: null, at: 0, busy: false, failure: null } as const;
export const SLOW_MS = 60_000;

export class Loader<T> {
  state: Loaded<T> = NOT_LOADED;
  onChange: (state: Loaded<T>) => void = () => undefined;
  #asked = 0;

  constructor(
    private readonly api: Pick<Api, "get">,
    private readonly now: () => number,
  ) {}

  // Only the newest request's answer is taken.
  async load(path: string): Promise<void> {
    const asked = ++this.#asked;
    this.#set({ ...this.state, busy: true });
    const answer = await this.api.get<T>(path, SLOW_MS);
    if (asked !== this.#asked) return;
    if (answer.ok) {
      this.#set({ value: answer.value, at: this.now(), busy: false, failure: null });
      return;
    }
    // What may not be seen any more does not stay on the screen; what was not answered may.
    const kept = answer.failure.kind === "no-answer" || codeOf(answer.failure) === "busy";
    const { value, at } = kept ? this.state : NOT_LOADED;
    this.#set({ value, at, busy: false, failure: answer.failure });
  }

  forget(): void {
    this.#asked += 1;
    this.#set(NOT_LOADED);
  }

  #set(state: Loaded<T>): void {
    this.state = state;
    this.onChange(state);
  }
}
