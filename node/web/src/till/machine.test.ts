// SPDX-License-Identifier: Apache-2.0
import { beforeEach, describe, expect, it } from "vitest";
import type { Answer, Api, Failure } from "../shared/api";
import type { Field, Hello } from "../shared/contract";
import type { LiveHandlers } from "../shared/live";
import { POLL_MS, ROUNDS_MAX } from "./asks";
import { ASK_AGAIN_MS, REPEATS_MAX, SHOWN_MS, Till } from "./machine";
import type { Attempt } from "./state";

const hello: Hello = {
  device: "caja-3",
  role: "pos",
  stand: "barra-1",
  page: "till",
  reader: "simulated",
  festival: {
    id: "f",
    name: "F",
    currency: "EUR",
    scale: 2,
    language: "es",
    time_zone: "Europe/Madrid",
  },
};
const items = [
  {
    sku: "beer",
    name: { en: "Beer" },
    price_minor: 250,
    unit: "piece",
    age_min: 0,
    deposit_minor: 0,
    meal: false,
  },
  {
    sku: "water",
    name: { en: "Water" },
    price_minor: 150,
    unit: "piece",
    age_min: 0,
    deposit_minor: 0,
    meal: false,
  },
];
const session = { signed_in: true, staff: "v017", roles: ["vendor"], token: "t" };
const left: Attempt = {
  kind: "sell",
  intent: "77",
  staff: "v017",
  tender: "purse",
  amount: 250,
  doubtful: true,
  lines: [{ sku: "beer", quantity: 1 }],
};
const LOST: Failure = { kind: "no-answer", why: "timeout" };
const good = <T>(value: T): Answer<T> => ({ ok: true, value });
const bad = (failure: Failure): Answer<never> => ({ ok: false, failure });
const refused = (code: string, status = 409, retryAfterS: number | null = null): Answer<never> =>
  bad({ kind: "refused", status, code, text: code, retryAfterS });
const flush = (): Promise<void> => new Promise((done) => setTimeout(done, 0));

interface Sent {
  path: string;
  body: Record<string, unknown>;
}

let till: Till;
let handlers: LiveHandlers;
let sent: Sent[];
let answers: Record<string, Answer<unknown>[]>;
let usual: Record<string, Answer<unknown>>;
let timers: { ms: number; run: () => void }[];
let kept: Attempt | null;
let starts: number;
let intents: number;
let arrival: number;
let tokens: (string | null)[];

const posts = (path: string): Sent[] => sent.filter((row) => row.path === path);
const event = (kind: string, data: unknown): void => handlers.events[kind]?.(data as never);
const status = async (version: number): Promise<void> => {
  event("status", {
    unwitnessed: { count: 0, amount_minor: 0, age_ms: null },
    taps: { taps: 0, torn: 0, blocked: 0 },
    known_ms: null,
    neighbours: 0,
    rules: { version },
    alarms: [],
  });
  await flush();
};
const field = async (what: Field): Promise<void> => {
  if (what !== "empty") arrival += 1;
  event("reader", { arrival, field: what });
  await flush();
};
const paid = (amount: number, before?: number): Answer<unknown> =>
  good({
    id: `s${posts("/api/sell").length}`,
    amount_minor: amount,
    state: "confirmed",
    ...(before === undefined
      ? {}
      : { balance_before_minor: before, balance_minor: before - amount }),
  });

function make(): Till {
  const answer = <T>(path: string): Promise<Answer<T>> =>
    Promise.resolve((answers[path]?.shift() ?? usual[path] ?? bad(LOST)) as Answer<T>);
  const api: Api = {
    get: (path) => answer(path),
    post: (path, body) => {
      sent.push({ path, body: body as Record<string, unknown> });
      return answer(path);
    },
    remove: (path) => {
      sent.push({ path, body: { removed: true } });
      return answer(path);
    },
    answers: () => Promise.resolve(true),
    setToken: (token) => tokens.push(token),
  };
  return new Till({
    api,
    live: (given) => {
      handlers = given;
      return { start: () => (starts += 1), stop: () => undefined };
    },
    intent: () => String((intents += 1)),
    now: () => 1000,
    after: (ms, run) => {
      const timer = { ms, run };
      timers.push(timer);
      return () => (timers = timers.filter((other) => other !== timer));
    },
    kept: { load: () => kept, save: (attempt) => (kept = attempt) },
  });
}

async function signedIn(): Promise<void> {
  usual["/api/session"] = good(session);
  till = make();
  await till.start();
  handlers.up();
  await flush();
}

beforeEach(() => {
  sent = [];
  answers = {};
  tokens = [];
  timers = [];
  kept = null;
  starts = intents = arrival = 0;
  usual = {
    "/api/hello": good(hello),
    "/api/session": good({ signed_in: false }),
    "/api/catalogue": good({ version: 1, items }),
    "/api/sales": good({ sales: [] }),
    "/api/reader/tray": good({ bands: [{ name: "ana", kind: "band" }] }),
    "/api/reader/tap": good({ arrival: 1, field: "band" }),
    "/api/sign-out": good({ signed_in: false }),
  };
});

describe("signing in", () => {
  beforeEach(async () => {
    till = make();
    await till.start();
    await flush();
  });

  it("asks for band and PIN and opens the stream again with the session", async () => {
    expect(till.state.phase).toBe("sign-in");
    answers["/api/sign-in"] = [good(session)];
    await till.signIn("1234");
    expect(till.state).toMatchObject({ phase: "selling", session: { staff: "v017" } });
    expect(starts).toBe(2);
    expect(posts("/api/sign-in")[0]?.body).toEqual({ pin: "1234" });
  });

  it("says why not, and for how long", async () => {
    answers["/api/sign-in"] = [refused("sign-in-refused", 403), refused("locked-out", 429, 840)];
    await till.signIn("0000");
    expect(till.state.signIn).toMatchObject({ failure: { code: "sign-in-refused" }, busy: false });
    await till.signIn("0000");
    expect(till.state.signIn.lockedUntil).toBe(841_000);
    await field("staff");
    expect(till.state.signIn.lockedUntil).toBeNull();
  });

  it("starts again by itself where the node does not answer", async () => {
    answers["/api/hello"] = [bad(LOST)];
    till = make();
    await till.start();
    expect(till.state).toMatchObject({ phase: "starting", link: "down" });
    timers.at(-1)?.run();
    await flush();
    expect(till.state.phase).toBe("sign-in");
  });
});

describe("selling", () => {
  beforeEach(signedIn);

  it("charges one product to a band with one touch and one tap", async () => {
    answers["/api/sell"] = [paid(250, 2000)];
    till.add("beer");
    await field("band");
    expect(posts("/api/sell").map(({ body }) => body)).toEqual([
      {
        intent: "1",
        tender: "purse",
        lines: [{ sku: "beer", quantity: 1 }],
        expected_minor: 250,
      },
    ]);
    expect(till.state.outcome).toEqual({
      kind: "paid",
      tender: "purse",
      amount: 250,
      before: 2000,
      after: 1750,
      cash: 0,
      crew: 0,
      voucher: 0,
      mealsLeft: null,
      part: false,
    });
    expect(till.state.basket).toEqual([]);
    expect(till.state.sales[0]).toMatchObject({ amount_minor: 250, tender: "purse" });
    expect(kept).toBeNull();
  });

  it("charges what only grown-ups may buy once somebody looked, and says so", async () => {
    const rum = { sku: "rum", name: { en: "Rum" }, price_minor: 500, unit: "cup", age_min: 18 };
    usual["/api/catalogue"] = good({ items: [...items, { ...rum, deposit_minor: 100 }], version: 5 });
    await till.loadCatalogue();
    till.add("rum");
    till.cash();
    await field("band");
    expect(posts("/api/sell")).toEqual([]);
    till.ageChecked();
    answers["/api/sell"] = [paid(600)];
    till.cash();
    await flush();
    expect(posts("/api/sell")[0]?.body).toMatchObject({ expected_minor: 600, age_checked: true });
    till.add("rum");
    till.cash();
    expect(posts("/api/sell").length).toBe(1); // another customer
  });

  it("charges cash once, however often the button is touched", async () => {
    answers["/api/sell"] = [paid(250)];
    till.add("beer");
    till.cash();
    till.cash();
    await flush();
    expect(posts("/api/sell")).toHaveLength(1);
    expect(till.state.outcome).toMatchObject({ kind: "paid", before: null });
  });

  it("uses each arrival once", async () => {
    answers["/api/sell"] = [paid(250, 2000), paid(150, 1750)];
    till.add("beer");
    await field("band");
    till.add("water");
    event("reader", { arrival, field: "band" });
    await flush();
    expect(posts("/api/sell")).toHaveLength(1);
    await field("empty");
    await field("band");
    expect(posts("/api/sell")).toHaveLength(2);
    expect(posts("/api/sell").map(({ body }) => body["intent"])).toEqual(["1", "2"]);
  });

  it("does not charge for several bands, a staff band, or what a break left there", async () => {
    till.add("beer");
    await field("several");
    event("reader", { arrival, field: "band" });
    await field("staff");
    handlers.down();
    handlers.up();
    await field("band");
    expect(posts("/api/sell")).toHaveLength(0);
    answers["/api/sell"] = [paid(250, 500)];
    await field("empty");
    await field("band");
    expect(posts("/api/sell")).toHaveLength(1);
  });

  it("shows the balance where the basket is empty", async () => {
    answers["/api/balance"] = [good({ purse: "p", counter: 1, balance_minor: 300 })];
    await field("band");
    expect(till.state.outcome).toEqual({ kind: "balance", balance: 300, mealsLeft: 0 });
    expect(posts("/api/sell")).toHaveLength(0);
  });

  it("lets the result go after a while, or at the next touch", async () => {
    answers["/api/sell"] = [paid(250), paid(250)];
    till.add("beer");
    till.cash();
    await flush();
    timers.find(({ ms }) => ms === SHOWN_MS)?.run();
    expect(till.state.outcome).toBeNull();
    till.add("beer");
    till.cash();
    await flush();
    till.add("water");
    expect(till.state.outcome).toBeNull();
  });

  it("says what a band lacks, and offers cash under a new intent", async () => {
    answers["/api/sell"] = [refused("insufficient-funds"), paid(250)];
    answers["/api/balance"] = [good({ purse: "p", counter: 1, balance_minor: 100 })];
    till.add("beer");
    await field("band");
    expect(till.state.outcome).toMatchObject({ kind: "refused", lacks: 150, cashInstead: true });
    till.cash();
    await flush();
    expect(posts("/api/sell").map(({ body }) => body["intent"])).toEqual(["1", "2"]);
    expect(till.state.outcome?.kind).toBe("paid");
  });

  it("keeps the intent over tap-again and holds the basket meanwhile", async () => {
    answers["/api/sell"] = [refused("tap-again"), refused("no-band"), paid(250, 500)];
    till.add("beer");
    await field("band");
    expect(till.state.activity.kind).toBe("band-again");
    till.add("water");
    expect(till.state.basket).toHaveLength(1);
    await field("empty");
    await field("band");
    expect(till.state.activity.kind).toBe("band-again");
    await field("empty");
    await field("band");
    expect(posts("/api/sell").map(({ body }) => body["intent"])).toEqual(["1", "1", "1"]);
    expect(till.state.outcome?.kind).toBe("paid");
  });

  it("asks again with the same intent until there is an answer", async () => {
    answers["/api/sell"] = [bad(LOST), refused("busy", 429, 9), paid(250)];
    till.add("beer");
    till.cash();
    await flush();
    expect(till.state.activity.kind).toBe("unanswered");
    expect(kept?.intent).toBe("1");
    timers.find(({ ms }) => ms === ASK_AGAIN_MS)?.run();
    await flush();
    timers.find(({ ms }) => ms === 9000)?.run();
    await flush();
    expect(posts("/api/sell").map(({ body }) => body["intent"])).toEqual(["1", "1", "1"]);
    expect(till.state.outcome?.kind).toBe("paid");
    expect(kept).toBeNull();
  });

  it("asks at once when the link returns", async () => {
    answers["/api/sell"] = [bad(LOST), paid(250)];
    till.add("beer");
    till.cash();
    handlers.down();
    await flush();
    handlers.up();
    await flush();
    expect(till.state.outcome?.kind).toBe("paid");
  });

  it("takes a new intent when the basket changes or the attempt is left", async () => {
    answers["/api/sell"] = [refused("no-band"), bad(LOST), paid(500)];
    till.add("beer");
    await field("band");
    expect(till.state.outcome?.kind).toBe("refused");
    till.cash();
    await flush();
    till.giveUp();
    till.add("beer");
    till.cash();
    await flush();
    expect(posts("/api/sell").map(({ body }) => body["intent"])).toEqual(["1", "2", "3"]);
  });

  it("does not charge while the link is down", async () => {
    handlers.down();
    till.add("beer");
    till.cash();
    await flush();
    expect(posts("/api/sell")).toHaveLength(0);
    expect(till.state.basket).toHaveLength(1);
  });

  it("keeps an open attempt over the end of the session", async () => {
    answers["/api/sell"] = [bad(LOST), refused("sign-in-needed", 401), paid(250)];
    till.add("beer");
    till.cash();
    await flush();
    till.askNow();
    await flush();
    expect(till.state).toMatchObject({ phase: "sign-in", sessionEnded: true });
    answers["/api/sign-in"] = [good(session)];
    await till.signIn("1234");
    await flush();
    expect(posts("/api/sell").map(({ body }) => body["intent"])).toEqual(["1", "1", "1"]);
    expect(till.state.outcome?.kind).toBe("paid");
  });

  it("asks again after a reload", async () => {
    kept = { ...left, tender: "cash" };
    answers["/api/sell"] = [paid(250)];
    await signedIn();
    expect(posts("/api/sell")[0]?.body).toMatchObject({ intent: "77", expected_minor: 250 });
    expect(till.state.outcome?.kind).toBe("paid");
  });

  it("empties the basket for somebody else, keeps it for the same person", async () => {
    till.add("beer");
    event("session", { signed_in: false });
    expect(till.state).toMatchObject({ phase: "sign-in", sessionEnded: true });
    answers["/api/sign-in"] = [good(session), good({ ...session, staff: "v022" })];
    await till.signIn("1234");
    expect(till.state.basket).toHaveLength(1);
    event("session", { signed_in: false });
    await till.signIn("1234");
    expect(till.state.basket).toHaveLength(0);
  });

  it("loads the catalogue again under new rules", async () => {
    till.add("water");
    await status(1);
    answers["/api/catalogue"] = [good({ version: 2, items: items.slice(0, 1) })];
    await status(2);
    expect(till.state.catalogue.items).toHaveLength(1);
    expect(till.state.basket).toEqual([]);
  });

  it("loads the catalogue at every status until it is the one in force", async () => {
    answers["/api/catalogue"] = [
      bad(LOST),
      good({ version: 2, items }),
      good({ version: 3, items: items.slice(1) }),
      good({ version: 4, items }), // not asked for
    ];
    await status(3);
    expect(till.state.catalogue).toMatchObject({ version: 1, failure: LOST });
    await status(3);
    expect(till.state.catalogue).toMatchObject({ version: 2, failure: null });
    await status(3);
    await status(3);
    expect(till.state.catalogue).toMatchObject({ version: 3, items: items.slice(1) });
  });

  it("loads the catalogue where the rules changed before the first status", async () => {
    answers["/api/catalogue"] = [good({ version: 2, items })];
    await status(2);
    expect(till.state.catalogue.version).toBe(2);
  });

  it("does not keep asking for a catalogue that these rules refuse", async () => {
    answers["/api/catalogue"] = [refused("not-here"), refused("not-here")];
    await status(2);
    await status(2);
    await status(2);
    expect(answers["/api/catalogue"]).toHaveLength(1);
  });

  it("shows the new total when prices changed, and charges it as a new sale", async () => {
    answers["/api/sell"] = [refused("price-changed"), paid(300)];
    till.add("beer");
    till.add("water");
    const dearer = [{ ...items[0]!, price_minor: 300 }]; // and no more water
    answers["/api/catalogue"] = [good({ version: 2, items: dearer })];
    till.cash();
    await flush();
    expect(till.state.outcome).toMatchObject({
      kind: "refused",
      failure: { code: "price-changed", text: "price-changed" },
    });
    expect(till.state.basket).toEqual([{ sku: "beer", quantity: 1 }]);
    expect(kept).toBeNull();
    till.cash();
    await flush();
    expect(posts("/api/sell").map(({ body }) => [body["intent"], body["expected_minor"]])).toEqual([
      ["1", 400],
      ["2", 300],
    ]);
  });
});

describe("an attempt that may have been done", () => {
  const DECIDED = [
    "insufficient-funds",
    "limit-purse",
    "limit-offline",
    "limit-issuer",
    "witness-needed",
    "approval-needed",
    "unknown-item",
    "unknown-sale",
    "already-voided",
    "not-here",
    "empty-basket",
    "amount-out-of-range",
    "out-of-stock-account",
    "purse-frozen",
    "band-rolled-back",
    "price-changed",
    "sale-aborted",
    "storage-low",
    "no-dispatch",
    "shift-open",
    "shift-needed",
    "age-check-needed",
    "tip-check-needed",
    "meals-used-up",
    "part-used",
    "device-revoked",
    "already-blocked",
    "already-replaced",
    "block-not-everywhere",
    "voucher-invalid",
    "voucher-used",
    "voucher-rest",
    "deposit-unknown",
    "bad-input",
  ];
  const OF_THE_BAND = [
    "not-a-customer-band",
    "several-bands",
    "no-band",
    "tap-again",
    "intent-reused",
    "band-damaged",
    "other-festival",
    "chip-unfit",
    "band-unfinished",
    "band-keys-missing",
  ];
  const LATER = ["request-forged", "role-denied", "locked-out", "not-ready", "of-a-later-version"];

  const sold = (): unknown[] => posts("/api/sell").map(({ body }) => body["intent"]);
  // A purse sale without an answer, asked again with `answer`.
  const askedAgain = async (answer: Answer<unknown>): Promise<void> => {
    await signedIn();
    answers["/api/sell"] = [bad(LOST), answer];
    till.add("beer");
    await field("band");
    till.askNow();
    await flush();
  };
  const signsIn = async (staff: string): Promise<void> => {
    event("session", { signed_in: false });
    answers["/api/sign-in"] = [good({ ...session, staff })];
    await till.signIn("1234");
    await flush();
  };

  it.each(DECIDED)("ends with %s", async (code) => {
    await askedAgain(refused(code));
    expect(till.state.activity.kind).toBe("idle");
    expect(till.state.outcome).toMatchObject({ kind: "refused", failure: { code } });
    expect(kept).toBeNull();
    till.cash();
    expect(sold()).toEqual(["1", "1", "2"]);
  });

  it.each(OF_THE_BAND)("waits for its own band after %s", async (code) => {
    await askedAgain(refused(code));
    expect(till.state.activity).toMatchObject({ kind: "band-again", text: { code } });
    expect(kept).toMatchObject({ intent: "1", doubtful: true });
    answers["/api/sell"] = [paid(250, 500)];
    await field("empty");
    await field("band");
    expect(sold()).toEqual(["1", "1", "1"]);
    expect(till.state.outcome?.kind).toBe("paid");
  });

  it.each(LATER)("is asked again after %s", async (code) => {
    await askedAgain(refused(code, 403));
    expect(till.state.activity).toMatchObject({ kind: "unanswered", text: { code } });
    expect(kept?.intent).toBe("1");
    answers["/api/sell"] = [paid(250, 500)];
    timers.find(({ ms }) => ms === ASK_AGAIN_MS)?.run();
    await flush();
    expect(sold()).toEqual(["1", "1", "1"]);
    expect(till.state.outcome?.kind).toBe("paid");
  });

  it.each(["band-damaged", "other-festival", "intent-reused", "several-bands"])(
    "stays after tap-again and then %s",
    async (code) => {
      await signedIn();
      answers["/api/sell"] = [refused("tap-again"), refused(code), paid(250, 500)];
      till.add("beer");
      await field("band");
      await field("empty");
      await field("band");
      expect(till.state.activity.kind).toBe("band-again");
      await field("empty");
      await field("band");
      expect(sold()).toEqual(["1", "1", "1"]);
    },
  );

  it.each([...OF_THE_BAND.filter((code) => code !== "tap-again"), "request-forged", "role-denied"])(
    "is none where the first answer is %s",
    async (code) => {
      await signedIn();
      answers["/api/sell"] = [refused(code)];
      till.add("beer");
      await field("band");
      expect(till.state.activity.kind).toBe("idle");
      expect(kept).toBeNull();
    },
  );

  it("waits on, and asks for no band, where cash was taken", async () => {
    await signedIn();
    answers["/api/sell"] = [bad(LOST), refused("intent-reused")];
    till.add("beer");
    till.cash();
    await flush();
    till.askNow();
    await flush();
    expect(till.state.activity.kind).toBe("unanswered");
  });

  it("has the token of now once a request was taken for forged", async () => {
    usual["/api/session"] = good(session);
    await askedAgain(refused("request-forged", 403));
    expect(tokens).toEqual(["t", "t"]);
    expect(till.state.activity.kind).toBe("unanswered");
  });

  it("is asked again only once the staff band is off the reader", async () => {
    await signedIn();
    answers["/api/sell"] = [bad(LOST), refused("sign-in-needed", 401)];
    till.add("beer");
    await field("band");
    till.askNow();
    await flush();
    expect(till.state.phase).toBe("sign-in");
    await field("staff");
    answers["/api/sell"] = [refused("no-band")];
    await signsIn("v017");
    expect(sold()).toHaveLength(2);
    expect(till.state.activity.kind).toBe("unanswered");
    await field("empty");
    expect(sold()).toHaveLength(3);
    expect(till.state.activity.kind).toBe("band-again");
  });

  it("has the staff band of the tray lifted before it is asked again", async () => {
    till = make();
    kept = left;
    await till.start();
    handlers.up();
    await till.tap("v017");
    answers["/api/sell"] = [refused("no-band")];
    await signsIn("v017");
    const paths = sent.map(({ path }) => path);
    expect(posts("/api/reader/tap").map(({ body }) => body["band"])).toEqual(["v017", null]);
    expect(paths.indexOf("/api/sell")).toBeGreaterThan(paths.lastIndexOf("/api/reader/tap"));
  });

  it("is kept with the alias of who made it", async () => {
    await askedAgain(bad(LOST));
    expect(kept).toMatchObject({ intent: "1", staff: "v017" });
  });

  it("of another person is sent only at a touch", async () => {
    kept = { ...left, staff: "v022" };
    answers["/api/sell"] = [bad(LOST), paid(250, 500)];
    await signedIn();
    handlers.down();
    handlers.up();
    await field("empty");
    await field("band");
    expect(sold()).toEqual([]);
    expect(till.state.activity).toMatchObject({ kind: "unanswered", attempt: { staff: "v022" } });
    till.askNow();
    await flush();
    expect(till.state.activity).toMatchObject({ kind: "unanswered", attempt: { staff: "v017" } });
    timers.find(({ ms }) => ms === ASK_AGAIN_MS)?.run();
    await flush();
    expect(sold()).toEqual(["77", "77"]);
    expect(till.state.outcome?.kind).toBe("paid");
  });

  it("of another person, waiting for its band, is asked about first", async () => {
    await signedIn();
    answers["/api/sell"] = [refused("tap-again"), paid(250, 500)];
    till.add("beer");
    await field("band");
    await signsIn("v022");
    expect(till.state.activity).toMatchObject({ kind: "unanswered", attempt: { staff: "v017" } });
    await field("empty");
    await field("band");
    expect(sold()).toEqual(["1"]);
    till.giveUp();
    expect(till.state).toMatchObject({ activity: { kind: "idle" }, basket: [] });
    expect(kept).toBeNull();
  });

  it("of another person is not sent where the answer comes after they left", async () => {
    await signedIn();
    let answer: (late: Answer<unknown>) => void = () => undefined;
    answers["/api/sell"] = [
      new Promise((done) => (answer = done)) as unknown as Answer<unknown>,
      paid(250, 500),
    ];
    till.add("beer");
    await field("band");
    await signsIn("v022");
    answer(refused("tap-again"));
    await flush();
    await field("empty");
    await field("band");
    expect(sold()).toEqual(["1"]);
    expect(till.state.activity.kind).toBe("unanswered");
  });

  it("is not sent by another person who signed in elsewhere in this browser", async () => {
    await signedIn();
    usual["/api/session"] = good({ ...session, staff: "v022", token: "u" });
    answers["/api/sell"] = [bad(LOST), refused("request-forged", 403), paid(250)];
    till.add("beer");
    till.cash();
    await flush();
    till.askNow();
    await flush();
    timers.filter(({ ms }) => ms === ASK_AGAIN_MS).forEach(({ run }) => run());
    await flush();
    expect(till.state.session.staff).toBe("v022");
    expect(sold()).toEqual(["1", "1"]);
  });

  it("is not asked for ever without a person", async () => {
    await signedIn();
    usual["/api/sell"] = refused("not-ready");
    answers["/api/sell"] = [bad(LOST)];
    till.add("beer");
    till.cash();
    await flush();
    const tick = async (): Promise<void> => {
      timers.find(({ ms }) => ms === ASK_AGAIN_MS)?.run();
      await flush();
    };
    const stopped = (): unknown =>
      till.state.activity.kind === "unanswered" && till.state.activity.stopped;
    for (let i = 1; i < REPEATS_MAX; ++i) await tick();
    expect(sold()).toHaveLength(REPEATS_MAX);
    expect(stopped()).toBe(false);
    for (let i = 0; i < 5; ++i) await tick();
    handlers.down();
    handlers.up();
    await flush();
    expect(sold()).toHaveLength(REPEATS_MAX + 1);
    expect(stopped()).toBe(true);
    expect(kept?.intent).toBe("1");
    till.askNow();
    await flush();
    await tick();
    expect(sold()).toHaveLength(REPEATS_MAX + 3);
    expect(stopped()).toBe(false);
  });

  it("is not asked while there is no link to be heard by", async () => {
    await signedIn();
    answers["/api/sell"] = [bad(LOST), paid(250)];
    till.add("beer");
    till.cash();
    await flush();
    handlers.down();
    timers.find(({ ms }) => ms === ASK_AGAIN_MS)?.run();
    await flush();
    expect(sold()).toHaveLength(1);
    handlers.up();
    await flush();
    expect(sold()).toHaveLength(2);
  });
});

describe("voids", () => {
  const sale = { id: "s9", at_ms: 1, tender: "purse", amount_minor: 250, lines: [], voided: false };

  beforeEach(async () => {
    usual["/api/sales"] = good({ sales: [sale] });
    await signedIn();
  });

  it("asks once, then waits for the band that paid", async () => {
    answers["/api/void"] = [
      refused("no-band"),
      good({ id: "s9", amount_minor: 250, state: "confirmed" }),
    ];
    till.askVoid();
    expect(till.state.voiding?.id).toBe("s9");
    usual["/api/sales"] = good({ sales: [{ ...sale, voided: true }] });
    till.voidFor("wrong-item");
    await flush();
    expect(till.state.activity.kind).toBe("band-again");
    await field("band");
    expect(posts("/api/void").map(({ body }) => body)).toEqual([
      { intent: "1", sale: "s9", reason: "wrong-item" },
      { intent: "1", sale: "s9", reason: "wrong-item" },
    ]);
    expect(till.state.outcome).toMatchObject({ kind: "voided", amount: 250, cash: 0, band: 250 });
    expect(till.state.sales[0]?.voided).toBe(true);
  });

  it("does not charge a band put down while reasons are shown", async () => {
    till.add("beer");
    till.askVoid();
    await field("band");
    expect(posts("/api/sell")).toHaveLength(0);
    till.cancelVoid();
    expect(till.state.voiding).toBeNull();
  });
});

describe("what needs another person's yes", () => {
  const sale = { id: "s9", at_ms: 1, tender: "cash", amount_minor: 9000, lines: [], voided: false };
  const ask = { hash: "ab12", sentence: { en: "Void 90.00?" }, needed: 2 };
  const asks = (given: unknown = ask): Answer<never> =>
    bad({
      kind: "refused",
      status: 409,
      code: "approval-needed",
      text: "",
      retryAfterS: null,
      ask: given,
    });
  const tally = (yes: number, refused = false): Answer<unknown> =>
    good({ needed: 2, yes, refused, neighbours: 1 });
  const voidIt = async (): Promise<void> => {
    till.askVoid();
    till.voidFor("other");
    await flush();
  };
  const second = async (): Promise<void> => {
    const due = timers.filter(({ ms }) => ms === POLL_MS);
    timers = timers.filter((timer) => !due.includes(timer));
    for (const { run } of due) run();
    await flush();
  };

  beforeEach(async () => {
    usual["/api/sales"] = good({ sales: [sale] });
    await signedIn();
  });

  it("is waited for, and the same intent then goes through", async () => {
    answers["/api/void"] = [asks(), good({ id: "s9", amount_minor: 9000, state: "confirmed" })];
    answers["/api/ask/ab12"] = [tally(1), tally(2)];
    await voidIt();
    expect(till.state.activity.kind).toBe("asking");
    expect(kept?.intent).toBe("1"); // also over a reload
    await second();
    expect(till.state.activity).toMatchObject({ asked: { tally: { yes: 1, neighbours: 1 } } });
    await second();
    const [first, again] = posts("/api/void");
    expect(again?.body).toEqual(first?.body);
    expect(till.state.outcome?.kind).toBe("voided");
    expect(kept).toBeNull();
  });

  it("ends at a no, or with the vendor's leaving it, and takes the question back", async () => {
    answers["/api/void"] = [asks(), asks()];
    answers["/api/ask/ab12"] = [tally(0, true)];
    await voidIt();
    await second();
    expect(till.state.outcome).toMatchObject({ kind: "refused", failure: { kind: "said-no" } });
    await voidIt();
    till.giveUp();
    await flush();
    expect(posts("/api/ask/ab12")).toHaveLength(1);
    expect(till.state.activity.kind).toBe("idle");
    expect(kept).toBeNull();
  });

  it("is not asked for ever by a node that never has enough", async () => {
    answers["/api/void"] = Array.from({ length: ROUNDS_MAX + 1 }, () => asks());
    answers["/api/ask/ab12"] = Array.from({ length: ROUNDS_MAX }, () => tally(2));
    await voidIt();
    for (let i = 0; i < ROUNDS_MAX; ++i) await second();
    expect(till.state.outcome).toMatchObject({ kind: "refused", during: "void" });
    expect(posts("/api/void")).toHaveLength(ROUNDS_MAX + 1);
  });

  it("is refused plainly where the node cannot ask", async () => {
    answers["/api/void"] = [refused("approval-needed")];
    await voidIt();
    expect(till.state.outcome).toMatchObject({ kind: "refused", during: "void" });
  });

  it("outlives the session of who asked, but is asked again by nobody else", async () => {
    answers["/api/void"] = [asks(), asks()];
    await voidIt();
    event("session", { signed_in: false });
    expect(till.state.activity.kind).toBe("unanswered");
    usual["/api/session"] = good({ ...session, staff: "v018" });
    event("session", { signed_in: true });
    await flush();
    expect(posts("/api/void")).toHaveLength(1);
    expect(timers.some(({ ms }) => ms === POLL_MS)).toBe(false);
  });
});

describe("the page of stock and shift", () => {
  beforeEach(signedIn);

  it("charges no band that is put down meanwhile, nor when it is left", async () => {
    till.add("beer");
    till.openStock();
    expect(till.state.page).toBe("stock");
    await field("band");
    till.closeStock();
    event("reader", { arrival, field: "band" });
    await flush();
    expect(posts("/api/sell")).toHaveLength(0);
    expect(till.state.basket).toHaveLength(1);
  });

  it("is not opened while a sale is open", async () => {
    answers["/api/sell"] = [refused("tap-again")];
    till.add("beer");
    await field("band");
    till.openStock();
    expect(till.state.page).toBe("sell");
  });

  it("is handed over to the next person, whoever it is", async () => {
    till.openStock();
    await till.handOver();
    expect(till.state).toMatchObject({ phase: "sign-in", handOver: "v017" });
    answers["/api/sign-in"] = [good({ ...session, staff: "v018" })];
    await till.signIn("2468");
    expect(till.state).toMatchObject({ phase: "selling", page: "stock", handOver: null });
  });

  it("comes back to who was signed out, while anybody else starts selling", async () => {
    till.openStock();
    event("session", { signed_in: false });
    answers["/api/sign-in"] = [good(session), good({ ...session, staff: "v018" })];
    await till.signIn("2468");
    expect(till.state.page).toBe("stock");
    event("session", { signed_in: false });
    await till.signIn("2468");
    expect(till.state.page).toBe("sell");
  });
});

describe("the simulated reader", () => {
  beforeEach(signedIn);

  it("lifts the band once the result is shown", async () => {
    answers["/api/sell"] = [paid(250, 2000)];
    till.add("beer");
    await till.tap("ana");
    await field("band");
    expect(till.state.outcome?.kind).toBe("paid");
    const taps = posts("/api/reader/tap").map(({ body }) => body["band"]);
    expect(taps).toEqual(["ana", null]);
    expect(till.state.tray.placed).toBeNull();
  });

  it("takes a band away too early where that is asked for, and only then", async () => {
    await till.tap("ana", true);
    await till.tap("ana");
    expect(posts("/api/reader/tap").map(({ body }) => body)).toEqual([
      { band: "ana", leaves: true },
      { band: null },
      { band: "ana" },
    ]);
  });

  it("lifts what lies there before the next is put down", async () => {
    await field("several");
    await till.tap("ana");
    expect(posts("/api/reader/tap").map(({ body }) => body["band"])).toEqual([null, "ana"]);
  });
});
