// SPDX-License-Identifier: Apache-2.0
// The simulated reader: the bands of its tray, put down and lifted by this page.
import type { Api } from "../shared/api";
import type { ReaderEvent, TrayBand } from "../shared/contract";
import type { TillState } from "./state";

export class Tray {
  readonly #api: Pick<Api, "get" | "post">;
  readonly #state: () => TillState;
  readonly #set: (tray: TillState["tray"]) => void;

  constructor(
    api: Pick<Api, "get" | "post">,
    state: () => TillState,
    set: (tray: TillState["tray"]) => void,
  ) {
    this.#api = api;
    this.#state = state;
    this.#set = set;
  }

  // `leaves`: it is taken away as it is to be written.
  async tap(name: string, leaves = false): Promise<void> {
    const { activity, link, reader, tray } = this.#state();
    if (activity.kind === "busy" || link === "down") return;
    if (tray.placed || reader.field !== "empty") await this.#put(null);
    await this.#put(name, leaves);
  }

  async lift(): Promise<void> {
    if (this.#state().tray.placed) await this.#put(null);
  }

  async load(): Promise<void> {
    if (this.#state().hello?.reader !== "simulated") return;
    const answer = await this.#api.get<{ bands: TrayBand[] }>("/api/reader/tray");
    const { tray } = this.#state();
    if (answer.ok) this.#set({ ...tray, bands: answer.value.bands, failure: null });
    else this.#set({ ...tray, failure: answer.failure });
  }

  async #put(band: string | null, leaves = false): Promise<void> {
    this.#set({ ...this.#state().tray, placed: band });
    const answer = await this.#api.post<ReaderEvent>("/api/reader/tap", {
      band,
      ...(leaves ? { leaves } : {}),
    });
    const failure = answer.ok ? null : answer.failure;
    const { tray } = this.#state();
    if (failure) this.#set({ ...tray, placed: null, failure });
    else if (tray.failure) this.#set({ ...tray, failure: null });
  }
}
