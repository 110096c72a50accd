// SPDX-License-Identifier: Apache-2.0
// The one stream of events from the node. Comment lines do not reach a page, so a stream that has
// been quiet for a while is checked with a request of its own.

export interface LivePorts {
  open: (path: string) => EventSourceLike;
  answers: () => Promise<boolean>;
  after: (ms: number, run: () => void) => () => void;
}

export interface EventSourceLike {
  readyState: number;
  onopen: ((event: Event) => unknown) | null;
  onerror: ((event: Event) => unknown) | null;
  addEventListener(kind: string, listen: (event: MessageEvent) => void): void;
  close(): void;
}

export interface LiveHandlers {
  events: Record<string, (data: never) => void>;
  up: () => void;
  down: () => void;
}

const CLOSED = 2;
export const QUIET_MS = 20_000;
const WAITS_MS = [500, 1000, 2000, 4000];

export class Live {
  #source: EventSourceLike | null = null;
  #stopTimer: () => void = () => undefined;
  #tries = 0;
  #running = false;
  #epoch = 0;

  constructor(
    private readonly ports: LivePorts,
    private readonly handlers: LiveHandlers,
  ) {}

  // Starts, or starts again: a session is looked at when the stream is opened.
  start(): void {
    this.#running = true;
    this.#tries = 0;
    this.#open();
  }

  stop(): void {
    this.#running = false;
    this.#close();
  }

  // Looks at once whether the node answers, as when the tablet wakes up.
  check(): void {
    if (this.#running) void this.#probe(this.#epoch);
  }

  #close(): void {
    this.#epoch += 1;
    this.#stopTimer();
    this.#source?.close();
    this.#source = null;
  }

  #open(): void {
    this.#close();
    const epoch = this.#epoch;
    const source = this.ports.open("/api/events");
    this.#source = source;
    const heard = (): void => {
      if (epoch !== this.#epoch) return;
      this.#tries = 0;
      this.handlers.up();
      this.#watch(epoch);
    };
    source.onopen = heard;
    source.onerror = () => {
      if (epoch !== this.#epoch) return;
      this.handlers.down();
      // The browser tries again by itself, except after an answer that was not a stream.
      if (source.readyState === CLOSED) this.#later();
    };
    for (const [kind, handle] of Object.entries(this.handlers.events)) {
      source.addEventListener(kind, (event) => {
        if (epoch !== this.#epoch) return;
        heard();
        let data: unknown;
        try {
          data = JSON.parse(String(event.data));
        } catch {
          return this.#broken();
        }
        handle(data as never);
      });
    }
    this.#watch(epoch);
  }

  #watch(epoch: number): void {
    this.#stopTimer();
    this.#stopTimer = this.ports.after(QUIET_MS, () => void this.#probe(epoch));
  }

  async #probe(epoch: number): Promise<void> {
    const good = await this.ports.answers();
    if (epoch !== this.#epoch || !this.#running) return;
    if (!good) return this.#broken();
    if (this.#source?.readyState === CLOSED) this.#open();
    else this.#watch(epoch);
  }

  #broken(): void {
    this.handlers.down();
    this.#later();
  }

  #later(): void {
    this.#close();
    const wait = WAITS_MS[Math.min(this.#tries, WAITS_MS.length - 1)] ?? 4000;
    this.#tries += 1;
    this.#stopTimer = this.ports.after(wait, () => this.#open());
  }
}
