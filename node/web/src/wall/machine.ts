// SPDX-License-Identifier: Apache-2.0
// The wall without its screen: session, figures, and since when they are.
import { codeOf, type Api, type Failure } from "../shared/api";
import type { Hello, Session, Wall } from "../shared/contract";
import type { LiveHandlers } from "../shared/live";

export interface WallState {
  phase: "starting" | "sign-in" | "live";
  link: "connecting" | "up" | "down";
  hello: Hello | null;
  session: Session;
  sessionEnded: boolean;
  signIn: { busy: boolean; failure: Failure | null; lockedUntil: number | null };
  figures: Wall | null;
  figuresAt: number; // by this browser's clock, for ages
  signOutFailure: Failure | null;
}

export const EMPTY: WallState = {
  phase: "starting",
  link: "connecting",
  hello: null,
  session: { signed_in: false },
  sessionEnded: false,
  signIn: { busy: false, failure: null, lockedUntil: null },
  figures: null,
  figuresAt: 0,
  signOutFailure: null,
};

export interface Ports {
  api: Api;
  live: (handlers: LiveHandlers) => { start(): void; stop(): void };
  now: () => number;
  after: (ms: number, run: () => void) => () => void;
  onAsks?: (data: unknown) => void;
}

const START_AGAIN_MS = 2000;
const SIGN_IN_TIMEOUT_MS = 15_000;

export class WallScreen {
  state: WallState = EMPTY;
  onChange: (state: WallState) => void = () => undefined;

  readonly #ports: Ports;
  readonly #live: { start(): void; stop(): void };

  constructor(ports: Ports) {
    this.#ports = ports;
    this.#live = ports.live({
      events: {
        session: (session: Session) => this.#onSession(session),
        wall: (figures: Wall) => this.#onFigures(figures),
        asks: (data: unknown) => ports.onAsks?.(data),
      },
      up: () => this.#onUp(),
      down: () => {
        if (this.state.link !== "down") this.#set({ link: "down" });
      },
    });
  }

  async start(): Promise<void> {
    const hello = await this.#ports.api.get<Hello>("/api/hello");
    if (!hello.ok) {
      this.#set({ link: "down" });
      this.#ports.after(START_AGAIN_MS, () => void this.start());
      return;
    }
    this.#set({ hello: hello.value, link: "connecting" });
    const session = await this.#ports.api.get<Session>("/api/session");
    if (session.ok && session.value.signed_in) this.#signedIn(session.value);
    else this.#set({ phase: "sign-in" });
    this.#live.start();
  }

  async signIn(alias: string, passphrase: string, code: string): Promise<void> {
    if (this.state.signIn.busy) return;
    this.#set({ signIn: { busy: true, failure: null, lockedUntil: null }, sessionEnded: false });
    const { api, now } = this.#ports;
    api.setToken(null);
    const body = { alias, passphrase, code };
    const answer = await api.post<Session>("/api/sign-in", body, SIGN_IN_TIMEOUT_MS);
    if (answer.ok) {
      this.#signedIn(answer.value);
      this.#live.start();
      return;
    }
    const { failure } = answer;
    const locked = failure.kind === "refused" && codeOf(failure) === "locked-out";
    const left = locked ? (failure.retryAfterS ?? 0) * 1000 : 0;
    const lockedUntil = left > 0 ? now() + left : null;
    this.#set({ signIn: { busy: false, failure, lockedUntil } });
  }

  async signOut(): Promise<void> {
    const answer = await this.#ports.api.post<Session>("/api/sign-out", {});
    if (!answer.ok && codeOf(answer.failure) !== "sign-in-needed") {
      this.#set({ signOutFailure: answer.failure });
      return;
    }
    this.#signedOut(false);
    this.#live.start();
  }

  #signedIn(session: Session): void {
    this.#ports.api.setToken(session.token ?? null);
    this.#set({ ...EMPTY, phase: "live", link: this.state.link, hello: this.state.hello, session });
  }

  #signedOut(byNode: boolean): void {
    this.#ports.api.setToken(null);
    const { link, hello } = this.state;
    this.#set({ ...EMPTY, phase: "sign-in", link, hello, sessionEnded: byNode });
  }

  #onSession(session: Session): void {
    if (!session.signed_in) {
      if (this.state.phase === "live") this.#signedOut(true);
    } else if (this.state.phase === "sign-in" && !this.state.signIn.busy) {
      void this.#adoptSession();
    }
  }

  // Signed in elsewhere in this browser: the token is ours too.
  async #adoptSession(): Promise<void> {
    const session = await this.#ports.api.get<Session>("/api/session");
    if (session.ok && session.value.signed_in) this.#signedIn(session.value);
  }

  #onFigures(figures: Wall): void {
    this.#set({ figures, figuresAt: this.#ports.now() });
  }

  #onUp(): void {
    if (this.state.link !== "up") this.#set({ link: "up" });
  }

  #set(patch: Partial<WallState>): void {
    this.state = { ...this.state, ...patch };
    this.onChange(this.state);
  }
}
