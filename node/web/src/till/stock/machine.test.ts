// SPDX-License-Identifier: Apache-2.0
import { beforeEach, describe, expect, it } from "vitest";
import type { Answer, Api, Failure } from "../../shared/api";
import type { CountProgress, Stock } from "../../shared/contract";
import { LOOSE } from "./counting";
import { Drafts } from "./drafts";
import { ASK_AGAIN_MS, REPEATS_MAX, StockPage } from "./machine";

const progress = (patch: Partial<CountProgress> = {}): CountProgress => ({
  sheet: 1,
  persons: [],
  agreed: [],
  recount: [],
  ...patch,
});
const item = (sku: string) => ({ sku, name: {}, unit: "", packs: { crate: 24 }, here: true });
const stock = (patch: Partial<Stock> = {}): Stock => ({
  items: [item("beer"), item("water")],
  sheet: 2,
  to_count: 1,
  waits_for: [],
  opening: progress({ sheet: 2 }),
  closing: progress(),
  shift: null,
  ...patch,
});
const good = <T>(value: T): Answer<T> => ({ ok: true, value });
const bad = (failure: Failure): Answer<never> => ({ ok: false, failure });
const LOST: Failure = { kind: "no-answer", why: "timeout" };
const refused = (code: string, ask?: unknown): Answer<never> =>
  bad({ kind: "refused", status: 409, code, text: code, retryAfterS: null, ...(ask ? { ask } : {}) });
const flush = (): Promise<void> => new Promise((done) => setTimeout(done, 0));

class Memory extends Map<string, string> {
  get length(): number {
    return this.size;
  }
  key = (i: number): string | null => [...this.keys()][i] ?? null;
  getItem = (key: string): string | null => this.get(key) ?? null;
  setItem = (key: string, text: string): void => void this.set(key, text);
  removeItem = (key: string): void => void this.delete(key);
}

let shelf: Memory;
let sent: { path: string; body: Record<string, unknown> }[];
let answers: Record<string, Answer<unknown>[]>;
let told: Stock;
let timers: { ms: number; run: () => void }[];
let over: number;
let page: StockPage;

function make(): StockPage {
  const answer = (path: string): Promise<Answer<never>> => {
    const usual = path === "/api/stock" ? good(told) : good({ id: "e" });
    return Promise.resolve((answers[path]?.shift() ?? usual) as Answer<never>);
  };
  const api: Api = {
    get: answer,
    post: (path, body) => {
      sent.push({ path, body: body as Record<string, unknown> });
      return answer(path);
    },
    remove: (path) => {
      sent.push({ path, body: {} });
      return Promise.resolve(good({}));
    },
    answers: () => Promise.resolve(true),
    setToken: () => undefined,
  };
  let intents = 0;
  return new StockPage({
    api,
    intent: () => String((intents += 1)),
    after: (ms, run) => {
      const timer = { ms, run };
      timers.push(timer);
      return () => (timers = timers.filter((other) => other !== timer));
    },
    drafts: new Drafts(() => shelf),
    sessionOver: () => (over += 1),
    tokenIsOld: () => undefined,
  });
}

async function enter(person: string): Promise<void> {
  page.enter("pos-1", person);
  await flush();
}
async function due(): Promise<void> {
  const now = timers;
  timers = [];
  for (const { run } of now) run();
  await flush();
}
const posts = (path: string) => sent.filter((row) => row.path === path);

beforeEach(() => {
  [shelf, sent, answers, told, timers, over] = [new Memory(), [], {}, stock(), [], 0];
  page = make();
});

async function countAll(): Promise<void> {
  page.count("closing");
  page.type("beer", "crate", "2");
  page.type("beer", LOOSE, "3");
  page.review();
  page.none("water");
  page.commitCount();
  await flush();
}

describe("a count", () => {
  it("sends every row once it is counted or said to be none, and forgets the draft", async () => {
    await enter("ana");
    page.count("closing");
    page.type("beer", "crate", "2");
    page.review();
    page.commitCount();
    expect(posts("/api/count")).toEqual([]); // water is untouched
    page.back();
    page.back();
    await countAll();
    expect(posts("/api/count")[0]?.body).toEqual({
      intent: "1",
      of: "closing",
      lines: [
        { sku: "beer", quantity: 51 },
        { sku: "water", quantity: 0 },
      ],
    });
    expect(page.state.outcome).toEqual({ kind: "counted", of: "closing" });
    expect(page.state.step.kind).toBe("home");
    expect(shelf.size).toBe(0);
  });

  it("survives a reload half typed, for the same person and no other", async () => {
    await enter("ana");
    page.count("closing");
    page.type("beer", "crate", "7");
    page = make(); // the page is loaded again
    await enter("luis");
    expect(page.hasDraft("closing")).toBe(false);
    page.count("closing");
    expect(page.state.draft.rows).toEqual({});
    expect(JSON.stringify(page.state)).not.toContain("7");
    page = make();
    await enter("ana");
    expect(page.hasDraft("closing")).toBe(true);
    page.count("closing");
    expect(page.state.draft.rows["beer"]?.fields).toEqual({ crate: "7" });
  });

  it("leaves nothing of one person in memory for the next", async () => {
    await enter("ana");
    page.count("closing");
    page.type("beer", LOOSE, "777");
    page.leave();
    expect(JSON.stringify(page.state)).not.toContain("777");
    await enter("luis");
    expect(JSON.stringify(page.state)).not.toContain("777");
  });

  it("keeps drafts of other sheets, counts and devices apart, and drops those of old sheets", async () => {
    await enter("ana");
    page.count("closing");
    page.type("beer", LOOSE, "5");
    page.back();
    page.count("opening");
    expect(page.state.draft.rows).toEqual({});
    told = stock({ closing: progress({ sheet: 3 }), opening: progress({ sheet: 4 }) });
    await page.load();
    expect(shelf.size).toBe(0);
  });

  it("is given up by the screen where another round has begun meanwhile", async () => {
    await enter("ana");
    page.count("closing");
    page.type("beer", LOOSE, "5");
    told = stock({ closing: progress({ agreed: [{ sku: "beer", quantity: 5 }] }) });
    await page.load();
    expect(page.state.step.kind).toBe("home");
  });

  it("looks again by itself while a second person is waited for, for a while", async () => {
    told = stock({ closing: progress({ persons: [{ person: "ana", attempt: 1, opened: 0 }] }) });
    await enter("ana");
    let looks = 0;
    while (timers.length > 0 && looks < 100) {
      looks += 1;
      await due();
    }
    expect(looks).toBe(REPEATS_MAX);
  });

  it("takes hostile or broken storage for nothing", async () => {
    await enter("ana");
    page.count("closing");
    page.type("beer", LOOSE, "5");
    const key = shelf.key(0) ?? "";
    for (const text of ["{", "[]", '{"rows":{"beer":{"fields":{"":"-5"}}},"extra":7}', '"x"']) {
      shelf.set(key, text);
      await enter("ana");
      page.count("closing");
      const { rows, extra } = page.state.draft;
      expect([JSON.stringify(rows).includes("5"), extra]).toEqual([false, []]);
    }
  });
});

describe("a request", () => {
  const drop = async (): Promise<void> => {
    page.money("drop");
    page.setAmount("50000");
    page.setBag("17");
    page.commitMoney();
    await flush();
  };

  it("is made once and repeated with the same intent until there is an answer", async () => {
    answers["/api/count"] = [bad(LOST), bad(LOST)];
    await enter("ana");
    await countAll();
    expect(page.state.doing.kind).toBe("unanswered");
    expect(timers.some(({ ms }) => ms === ASK_AGAIN_MS)).toBe(true);
    await due();
    page = make(); // the page is loaded again
    await enter("luis");
    expect(posts("/api/count").length).toBe(2); // not in another's name
    expect(page.state.doing.kind).toBe("idle");
    await enter("ana");
    expect(posts("/api/count").map(({ body }) => body["intent"])).toEqual(["1", "1", "1"]);
    expect(page.state.outcome?.kind).toBe("counted");
    expect(shelf.size).toBe(0);
  });

  it("takes no amount that was not typed, and no drop of nothing or without a bag", async () => {
    await enter("ana");
    page.money("close");
    page.commitMoney();
    page.setAmount("-5");
    page.setAmount("1.5");
    page.commitMoney();
    expect(sent).toEqual([]);
    page.setAmount("0");
    page.commitMoney();
    await flush();
    expect(posts("/api/shift")[0]?.body).toMatchObject({ action: "close", amount_minor: 0 });
    page.money("drop");
    page.setAmount("500");
    page.commitMoney();
    page.setBag("  ");
    page.commitMoney();
    page.setBag("17");
    page.setAmount("0");
    page.commitMoney();
    expect(posts("/api/shift").length).toBe(1);
  });

  it("tells what a closed drawer has over only where the node tells it", async () => {
    answers["/api/shift"] = [good({ id: "a", over_minor: -250 }), good({ id: "b" })];
    await enter("ana");
    for (const over of [-250, null]) {
      page.money("close");
      page.setAmount("100");
      page.commitMoney();
      await flush();
      expect(page.state.outcome).toEqual({ kind: "closed", over });
    }
  });

  it("waits for another person's yes and then repeats the same request", async () => {
    const ask = { hash: "ab12", sentence: { en: "Drop?" }, needed: 1 };
    answers["/api/shift"] = [refused("approval-needed", ask)];
    answers["/api/ask/ab12"] = [
      good({ needed: 1, yes: 0, refused: false, neighbours: 2 }),
      good({ needed: 1, yes: 1, refused: false, neighbours: 2 }),
    ];
    await enter("ana");
    await drop();
    expect(page.state.doing.kind).toBe("asking");
    await due();
    expect(page.state.doing).toMatchObject({ asked: { tally: { neighbours: 2 } } });
    await due();
    const [first, second] = posts("/api/shift");
    expect(second?.body).toEqual(first?.body);
    expect(page.state.outcome).toEqual({ kind: "dropped", amount: 50000, bag: "17" });
  });

  it("shows the plain refusal of a node that cannot ask, and what others refused", async () => {
    answers["/api/shift"] = [refused("approval-needed")];
    await enter("ana");
    await drop();
    expect(page.state.outcome).toMatchObject({ kind: "refused", during: "drop" });
    expect(page.state.step.kind).toBe("money");
    answers["/api/shift"] = [refused("approval-needed", { hash: "cd", sentence: {}, needed: 1 })];
    answers["/api/ask/cd"] = [good({ needed: 1, yes: 0, refused: true, neighbours: 1 })];
    page.commitMoney();
    await flush();
    await due();
    expect(page.state.outcome).toMatchObject({ failure: { kind: "said-no" } });
    expect(shelf.size).toBe(0);
  });

  it("takes the question back when the vendor does without", async () => {
    answers["/api/shift"] = [refused("approval-needed", { hash: "ef", sentence: {}, needed: 1 })];
    await enter("ana");
    await drop();
    page.giveUp();
    await flush();
    expect(sent.at(-1)?.path).toBe("/api/ask/ef");
    expect(page.state.doing.kind).toBe("idle");
    expect(shelf.size).toBe(0);
  });

  it("is not made by itself later where the session was over before it was done", async () => {
    answers["/api/shift"] = [refused("sign-in-needed")];
    await enter("ana");
    await drop();
    expect(over).toBe(1);
    await enter("ana");
    expect(posts("/api/shift")).toHaveLength(1);
  });

  it("ends with the session", async () => {
    answers["/api/stock"] = [refused("sign-in-needed")];
    await enter("ana");
    expect(over).toBe(1);
  });
});
