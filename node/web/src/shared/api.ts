// SPDX-License-Identifier: Apache-2.0
// Requests to the node. Every outcome is a value: an answer, a refusal, or no answer.
import { isMinor, type Minor } from "./money";

export type Failure =
  | {
      kind: "refused";
      status: number;
      code: string;
      text: string;
      retryAfterS: number | null;
      ask?: unknown; // what others are asked to say yes to, as it came
      shortMinor?: Minor; // of the goods, what the band cannot pay, where cash would help
    }
  | { kind: "said-no" } // another person, who was asked
  | { kind: "no-answer"; why: "timeout" | "network" | "unreadable" };

export type Answer<T> = { ok: true; value: T } | { ok: false; failure: Failure };

export interface Api {
  get<T>(path: string, timeoutMs?: number): Promise<Answer<T>>;
  post<T>(path: string, body: unknown, timeoutMs?: number): Promise<Answer<T>>;
  remove(path: string): Promise<Answer<unknown>>;
  // Whether the node answers at all, without touching the session.
  answers(): Promise<boolean>;
  setToken(token: string | null): void;
}

export interface ApiPorts {
  fetch: (path: string, init: RequestInit) => Promise<Response>;
  language: () => string;
  timeoutMs?: number;
}

interface RefusedBody {
  refused?: {
    code?: unknown;
    text?: unknown;
    retry_after_s?: unknown;
    ask?: unknown;
    short_minor?: unknown;
  };
  retry_after_s?: unknown;
  ask?: unknown;
}

export function createApi(ports: ApiPorts): Api {
  const usual = ports.timeoutMs ?? 6000;
  let token: string | null = null;

  async function send<T>(path: string, init: RequestInit, timeoutMs: number): Promise<Answer<T>> {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), timeoutMs);
    try {
      const response = await ports.fetch(path, {
        ...init,
        headers: { ...init.headers, "Accept-Language": ports.language() },
        credentials: init.credentials ?? "same-origin",
        cache: "no-store",
        signal: stop.signal,
      });
      return read<T>(response.status, response.ok, await response.text());
    } catch {
      return { ok: false, failure: noAnswer(stop.signal.aborted ? "timeout" : "network") };
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    get: (path, timeoutMs = usual) => send(path, { method: "GET" }, timeoutMs),
    post: (path, body, timeoutMs = usual) =>
      send(
        path,
        {
          method: "POST",
          body: JSON.stringify(body),
          headers: { "Content-Type": "application/json", "X-Verbena-Token": token ?? "new" },
        },
        timeoutMs,
      ),
    remove: (path) =>
      send(path, { method: "DELETE", headers: { "X-Verbena-Token": token ?? "new" } }, usual),
    async answers() {
      const answer = await send("/api/hello", { method: "GET", credentials: "omit" }, usual);
      return answer.ok || answer.failure.kind === "refused";
    },
    setToken(next) {
      token = next;
    },
  };
}

function noAnswer(why: "timeout" | "network" | "unreadable"): Failure {
  return { kind: "no-answer", why };
}

function read<T>(status: number, good: boolean, text: string): Answer<T> {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return { ok: false, failure: noAnswer("unreadable") };
  }
  if (good) return { ok: true, value: body as T };
  const { refused, retry_after_s, ask } = (body ?? {}) as RefusedBody;
  if (!refused || typeof refused.code !== "string") {
    return { ok: false, failure: noAnswer("unreadable") };
  }
  const wait = refused.retry_after_s ?? retry_after_s;
  const failure: Extract<Failure, { kind: "refused" }> = {
    kind: "refused",
    status,
    code: refused.code,
    text: typeof refused.text === "string" ? refused.text : "",
    retryAfterS: typeof wait === "number" ? wait : null,
  };
  const asked = refused.ask ?? ask;
  if (asked !== undefined) failure.ask = asked;
  const { short_minor: short } = refused;
  if (isMinor(short) && short > 0) failure.shortMinor = short;
  return { ok: false, failure };
}

export function codeOf(failure: Failure): string {
  return failure.kind === "refused" ? failure.code : failure.kind;
}

// Whether the node may have done what was asked although it did not say so: ask again, same intent.
export function isUnknown(failure: Failure): boolean {
  if (failure.kind !== "refused") return failure.kind === "no-answer";
  return failure.status >= 500 || failure.code === "busy";
}
