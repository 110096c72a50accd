// SPDX-License-Identifier: Apache-2.0
import { beforeEach, describe, expect, it } from "vitest";
import type { Answer, Failure } from "../shared/api";
import type { Tally } from "../shared/contract";
import { askOf, Asking, POLLS_MAX, POLL_MS, type Asked, type Ending } from "./asks";

const ask = { hash: "ab12", sentence: { en: "Void 30.00?", es: "¿Anular 30,00?" }, needed: 2 };
const refusal = (given: unknown, code = "approval-needed"): Failure => ({
  kind: "refused",
  status: 409,
  code,
  text: "",
  retryAfterS: null,
  ...(given === undefined ? {} : { ask: given }),
});
const tally = (yes: number, over: Partial<Tally> = {}): Answer<Tally> => ({
  ok: true,
  value: { needed: 2, yes, refused: false, neighbours: 3, ...over },
});
const failed = (failure: Failure): Answer<Tally> => ({ ok: false, failure });

let answers: Answer<Tally>[];
let calls: string[];
let timers: { ms: number; run: () => void }[];
let endings: Ending[];
let told: Asked | null;
let asking: Asking;

// Without a timer: hundreds of polls must not take seconds on a busy machine.
async function flush(): Promise<void> {
  for (let i = 0; i < 8; ++i) await Promise.resolve();
}
async function second(): Promise<void> {
  const due = timers;
  timers = [];
  for (const { run } of due) run();
  await flush();
}

beforeEach(() => {
  [answers, calls, timers, endings, told] = [[], [], [], [], null];
  const api = {
    get: <T>(path: string) => {
      calls.push(`GET ${path}`);
      const answer = answers.shift() ?? failed({ kind: "no-answer", why: "network" });
      return Promise.resolve(answer as Answer<T>);
    },
    remove: (path: string) => {
      calls.push(`DELETE ${path}`);
      return Promise.resolve<Answer<unknown>>({ ok: true, value: {} });
    },
  };
  const after = (ms: number, run: () => void) => {
    const timer = { ms, run };
    timers.push(timer);
    return () => (timers = timers.filter((other) => other !== timer));
  };
  asking = new Asking({ api, after }, (asked) => (told = asked));
});

describe("what a refusal asks", () => {
  it("is taken where it is whole", () => {
    expect(askOf(refusal(ask))).toEqual(ask);
    expect(askOf(refusal({ ...ask, sentence: null }))?.sentence).toEqual({});
  });

  it("is nothing where an older node refuses, or where it is no question", () => {
    const wrong = [undefined, null, 7, {}, { ...ask, hash: "../sign-out" }, { ...ask, needed: 0 }];
    for (const given of [...wrong, { ...ask, needed: 1.5 }, { ...ask, hash: 12 }]) {
      expect(askOf(refusal(given)), JSON.stringify(given)).toBeNull();
    }
    expect(askOf(refusal(ask, "role-denied"))).toBeNull();
    expect(askOf({ kind: "no-answer", why: "timeout" })).toBeNull();
  });
});

describe("waiting for a yes", () => {
  it("looks every second, tells who can hear, and ends when there are enough", async () => {
    answers = [tally(0, { neighbours: 0 }), tally(1), tally(2)];
    expect(asking.wait(ask, (ending) => endings.push(ending)).tally).toBeNull();
    expect(timers.map(({ ms }) => ms)).toEqual([POLL_MS]);
    await second();
    expect(told?.tally?.neighbours).toBe(0);
    await second();
    expect(told?.tally?.yes).toBe(1);
    await second();
    expect(endings).toEqual(["again"]);
    expect(calls).toEqual(Array(3).fill("GET /api/ask/ab12"));
    expect(timers).toEqual([]);
  });

  it("ends at a no, at once", async () => {
    answers = [tally(1, { refused: true })];
    asking.wait(ask, (ending) => endings.push(ending));
    await second();
    expect(endings).toEqual(["said-no"]);
  });

  it("goes on while the node is silent, and asks anew where it forgot", async () => {
    answers = [failed({ kind: "no-answer", why: "timeout" }), failed(refusal(undefined, "not-found"))];
    asking.wait(ask, (ending) => endings.push(ending));
    await second();
    expect(told?.silent).toBe(true);
    expect(endings).toEqual([]);
    await second();
    expect(endings).toEqual(["again"]);
  });

  it("says so when the session is over", async () => {
    answers = [failed(refusal(undefined, "sign-in-needed"))];
    asking.wait(ask, (ending) => endings.push(ending));
    await second();
    expect(endings).toEqual(["signed-out"]);
  });

  it("takes the question back when the vendor gives up, and hears no late answer", async () => {
    answers = [tally(2)];
    asking.wait(ask, (ending) => endings.push(ending));
    for (const { run } of timers) run();
    asking.withdraw();
    await flush();
    expect(calls).toEqual(["GET /api/ask/ab12", "DELETE /api/ask/ab12"]);
    expect(endings).toEqual([]);
    asking.withdraw();
    expect(calls.length).toBe(2);
  });

  it("does not take the answer to one question for that to the next", async () => {
    answers = [tally(2)];
    asking.wait(ask, () => endings.push("again"));
    for (const { run } of timers) run();
    asking.wait({ ...ask, hash: "cd34" }, (ending) => endings.push(ending));
    await flush();
    expect(endings).toEqual([]);
  });

  it("stops by itself after a while and goes on when a person says so", async () => {
    answers = Array.from({ length: POLLS_MAX + 1 }, () => tally(0));
    asking.wait(ask, (ending) => endings.push(ending));
    for (let i = 0; i < POLLS_MAX; ++i) await second();
    expect(told?.stopped).toBe(true);
    expect(timers).toEqual([]);
    asking.goOn();
    await flush();
    expect(calls.length).toBe(POLLS_MAX + 1);
    expect(timers.length).toBe(1);
  });
});
