// SPDX-License-Identifier: Apache-2.0
import { beforeEach, expect, it } from "vitest";
import type { Answer } from "../shared/api";
import { Loader, SLOW_MS } from "./loader";

let waiting: { path: string; answer: (answer: Answer<unknown>) => void }[];
let waits: (number | undefined)[];
let loader: Loader<string>;

const refused = (status: number, code: string): Answer<unknown> => ({
  ok: false,
  failure: { kind: "refused", status, code, text: "", retryAfterS: null },
});

beforeEach(() => {
  waiting = [];
  waits = [];
  const get = <T>(path: string, wait?: number): Promise<Answer<T>> => {
    waits.push(wait);
    return new Promise((answer) => {
      waiting.push({ path, answer: answer as (answer: Answer<unknown>) => void });
    });
  };
  loader = new Loader<string>({ get }, () => 700);
});

async function loads(path: string, answer: Answer<unknown>): Promise<void> {
  const done = loader.load(path);
  waiting.at(-1)?.answer(answer);
  await done;
}

it("keeps what it has while a new answer is on its way", async () => {
  await loads("/a", { ok: true, value: "first" });
  expect(loader.state).toEqual({ value: "first", at: 700, busy: false, failure: null });
  expect(waits).toEqual([SLOW_MS]);
  const again = loader.load("/a");
  expect(loader.state).toMatchObject({ value: "first", busy: true });
  waiting.at(-1)?.answer({ ok: false, failure: { kind: "no-answer", why: "timeout" } });
  await again;
  expect(loader.state).toMatchObject({ value: "first", busy: false });
  expect(loader.state.failure?.kind).toBe("no-answer");
});

it("takes what may not be seen any more off the screen", async () => {
  await loads("/a", { ok: true, value: "first" });
  await loads("/a", refused(429, "busy"));
  expect(loader.state.value).toBe("first");
  await loads("/a", refused(403, "role-denied"));
  expect(loader.state.value).toBeNull();
});

it("takes no answer to an older question", async () => {
  const first = loader.load("/a");
  const second = loader.load("/b");
  waiting[1]?.answer({ ok: true, value: "b" });
  await second;
  waiting[0]?.answer({ ok: true, value: "a" });
  await first;
  expect(loader.state.value).toBe("b");
  const late = loader.load("/c");
  loader.forget();
  waiting[2]?.answer({ ok: true, value: "c" });
  await late;
  expect(loader.state).toMatchObject({ value: null, busy: false });
});
