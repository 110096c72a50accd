// SPDX-License-Identifier: Apache-2.0
// Something that needs another person's yes: the node asks whoever can hear it, the till waits.
import { codeOf, isUnknown, type Answer, type Api, type Failure } from "../shared/api";
import type { Names, Tally } from "../shared/contract";

export const POLL_MS = 1000;
export const POLLS_MAX = 600; // without a person; each of them keeps the session alive
export const ROUNDS_MAX = 5; // times that one intent may lead to a question

export interface Ask {
  hash: string;
  sentence: Names;
  needed: number;
}

export interface Asked {
  ask: Ask;
  tally: Tally | null; // null: the node has not told yet
  silent: boolean; // the node does not answer just now
  stopped: boolean; // polled long enough without a person
}

// Again: the same intent is to be sent again.
export type Ending = "again" | "said-no" | "signed-out";

interface Ports {
  api: Pick<Api, "get" | "remove">;
  after: (ms: number, run: () => void) => () => void;
}

// What a refusal asks others; null where it asks nothing, as from a node that cannot ask.
export function askOf(failure: Failure): Ask | null {
  if (failure.kind !== "refused" || failure.code !== "approval-needed") return null;
  const { hash, sentence, needed } = (failure.ask ?? {}) as Partial<Record<keyof Ask, unknown>>;
  if (typeof hash !== "string" || !/^[0-9a-f]{2,128}$/.test(hash)) return null;
  if (typeof needed !== "number" || !Number.isSafeInteger(needed) || needed < 1) return null;
  const { en, es } = (sentence ?? {}) as Record<string, unknown>;
  const words: Names = {};
  if (typeof en === "string") words.en = en;
  if (typeof es === "string") words.es = es;
  return { hash, sentence: words, needed };
}

export class Asking {
  readonly #ports: Ports;
  readonly #onChange: (asked: Asked | null) => void;
  #asked: Asked | null = null;
  #ended: (ending: Ending) => void = () => undefined;
  #stopTimer: () => void = () => undefined;
  #polls = 0;

  constructor(ports: Ports, onChange: (asked: Asked | null) => void) {
    this.#ports = ports;
    this.#onChange = onChange;
  }

  wait(ask: Ask, ended: (ending: Ending) => void): Asked {
    this.stop();
    this.#ended = ended;
    this.#polls = 0;
    this.#asked = { ask, tally: null, silent: false, stopped: false };
    this.#soon();
    return this.#asked;
  }

  // By a person, after it stopped by itself.
  goOn(): void {
    if (!this.#asked) return;
    this.#polls = 0;
    this.#tell({ stopped: false });
    void this.#poll();
  }

  stop(): void {
    this.#stopTimer();
    this.#asked = null;
    this.#ended = () => undefined;
  }

  // The vendor gives up: nobody needs to answer any more.
  withdraw(): void {
    const hash = this.#asked?.ask.hash;
    this.stop();
    if (hash) void this.#ports.api.remove(`/api/ask/${hash}`);
  }

  #soon(): void {
    this.#stopTimer();
    this.#stopTimer = this.#ports.after(POLL_MS, () => void this.#poll());
  }

  async #poll(): Promise<void> {
    const asked = this.#asked;
    if (!asked) return;
    this.#polls += 1;
    const answer = await this.#ports.api.get<Tally>(`/api/ask/${asked.ask.hash}`);
    if (this.#asked?.ask !== asked.ask) return; // stopped meanwhile, or another question
    const ending = this.#endingOf(answer);
    if (ending) {
      const ended = this.#ended;
      this.stop();
      return ended(ending);
    }
    const stopped = this.#polls >= POLLS_MAX;
    if (answer.ok) this.#tell({ tally: answer.value, silent: false, stopped });
    else this.#tell({ silent: true, stopped });
    if (!stopped) this.#soon();
  }

  #endingOf(answer: Answer<Tally>): Ending | null {
    if (answer.ok) {
      const { yes, needed, refused } = answer.value;
      if (refused) return "said-no";
      return yes >= needed ? "again" : null;
    }
    if (codeOf(answer.failure) === "sign-in-needed") return "signed-out";
    // The node restarted or the question is too old: the same intent asks anew.
    return isUnknown(answer.failure) ? null : "again";
  }

  #tell(patch: Partial<Asked>): void {
    if (!this.#asked) return;
    this.#asked = { ...this.#asked, ...patch };
    this.#onChange(this.#asked);
  }
}
