// SPDX-License-Identifier: Apache-2.0
// What both screens take from the browser.
import { createApi, type Api } from "./api";
import { Live, type LiveHandlers } from "./live";
import { say } from "./say.svelte";

export function after(ms: number, run: () => void): () => void {
  const timer = setTimeout(run, ms);
  return () => clearTimeout(timer);
}

export function browserApi(): Api {
  return createApi({
    fetch: (path, init) => fetch(path, init),
    language: () => say.wanted,
  });
}

export function browserLive(api: Api, handlers: LiveHandlers): Live {
  const open = (path: string): EventSource => new EventSource(path);
  const live = new Live({ open, answers: () => api.answers(), after }, handlers);
  addEventListener("online", () => live.check());
  addEventListener("offline", () => live.check());
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) live.check();
  });
  return live;
}

// Where not even a language could be loaded.
export function cannotStart(): void {
  const sentence = document.createElement("p");
  sentence.setAttribute("role", "alert");
  sentence.textContent =
    "Verbena could not start. Load this page again. / " +
    "Verbena no ha podido arrancar. Vuelva a cargar la página.";
  document.body.append(sentence);
}
