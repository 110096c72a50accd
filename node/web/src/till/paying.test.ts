// SPDX-License-Identifier: Apache-2.0
import { beforeEach, describe, expect, it } from "vitest";
import type { Answer, Api, Failure } from "../shared/api";
import type { Field, Item, Sale } from "../shared/contract";
import type { LiveHandlers } from "../shared/live";
import { SHOWN_MS, Till } from "./machine";
import { due, PARTS_MAX, PLAIN, tips, underPrices } from "./payment";
import { EMPTY, mayCharge, type Attempt } from "./state";
import { VOUCHERS_MAX } from "./voucher";
import { voucherText } from "./voucher_text";

const hello = { device: "caja-3", reader: null, festival: { currency: "EUR", scale: 2 } };
const session = { signed_in: true, staff: "v017", roles: ["vendor"], token: "t" };
const item = (sku: string, price_minor: number, more: Partial<Item> = {}): Item => ({
  ...{ sku, name: { en: sku }, price_minor, unit: "piece", age_min: 0 },
  ...{ deposit_minor: 0, meal: false, ...more },
});
const items = [
  item("menu", 635, { meal: true }),
  item("juice", 200, { meal: true, deposit_minor: 100 }),
  item("gum", 40),
];

const good = <T>(value: T): Answer<T> => ({ ok: true, value });
const LOST: Answer<never> = { ok: false, failure: { kind: "no-answer", why: "timeout" } };
const refused = (code: string, shortMinor = 0): Answer<never> => {
  const failure: Failure = { kind: "refused", status: 409, code, text: code, retryAfterS: null };
  return { ok: false, failure: shortMinor > 0 ? { ...failure, shortMinor } : failure };
};
const poor = (short: number): Answer<never> => refused("insufficient-funds", short);
const paid = (id: string, amount_minor: number, more: object = {}): Answer<unknown> =>
  good({ id, amount_minor, state: "confirmed", ...more });
const flush = (): Promise<void> => new Promise((done) => setTimeout(done, 0));

let till: Till;
let handlers: LiveHandlers;
let bodies: Record<string, unknown>[]; // of all sales and voids sent
let replies: Answer<unknown>[]; // to them, in their order
let sales: Partial<Sale>[]; // as the node tells them
let slow: Promise<void> | null; // until then it does not
let balance: Answer<unknown>;
let catalogue: { version: number; items: Item[] };
let kept: Attempt | null;
let intents: number;
let arrival: number;
let timers: number[];

async function open(): Promise<void> {
  const gets: Record<string, () => unknown> = {
    "/api/hello": () => hello,
    "/api/session": () => session,
    "/api/catalogue": () => catalogue,
    "/api/sales": () => ({ sales }),
  };
  const api = {
    get: async (path: string) => {
      const answer = good(gets[path]?.());
      if (path === "/api/sales") await slow;
      return answer;
    },
    post: (path: string, body: Record<string, unknown>) => {
      if (path === "/api/balance") return Promise.resolve(balance);
      bodies.push(body);
      return Promise.resolve(replies.shift() ?? LOST);
    },
    setToken: () => undefined,
  } as unknown as Api;
  till = new Till({
    api,
    live: (given) => {
      handlers = given;
      return { start: () => undefined, stop: () => undefined };
    },
    intent: () => String((intents += 1)),
    now: () => 1000,
    after: (ms) => {
      timers.push(ms);
      return () => undefined;
    },
    kept: { load: () => kept, save: (attempt) => (kept = attempt) },
  });
  await till.start();
  handlers.up();
  await flush();
}

const tap = async (): Promise<void> => {
  const reader = (field: Field): unknown =>
    handlers.events["reader"]?.({ arrival, field } as never);
  arrival += 1;
  reader("band");
  await flush();
  reader("empty");
  await flush();
};
const cash = async (): Promise<void> => {
  till.cash();
  await flush();
};
const part = (id: string, amount_minor: number, more: Partial<Sale> = {}): Partial<Sale> => ({
  ...{ id, at_ms: 1, tender: "purse", amount_minor, lines: [], open_part: true, voided: false },
  ...more,
});
const shown = (): unknown => till.state.outcome;
const last = (): Record<string, unknown> | undefined => bodies.at(-1);

beforeEach(async () => {
  bodies = [];
  replies = [];
  sales = [];
  slow = null;
  timers = [];
  kept = null;
  intents = arrival = 0;
  balance = LOST;
  catalogue = { version: 1, items };
  await open();
});

describe("a tip", () => {
  it("is offered as a round sum and as shares of the goods, in whole minor units", () => {
    till.add("menu");
    expect(tips(till.state, 2)).toEqual([
      { of: "none", amount: 0 },
      { of: "round", amount: 65 },
      { of: 5, amount: 32 },
      { of: 10, amount: 64 },
    ]);
    expect(tips(till.state, 0).map(({ of }) => of)).toEqual(["none", 5, 10]);
    till.paying.tip(65);
    expect(tips(till.state, 2)[1]).toEqual({ of: "round", amount: 65 });
  });

  it("is part of the total and goes along with cash and with a band", async () => {
    till.add("menu");
    till.paying.tip(65);
    expect(due(till.state).total).toBe(700);
    replies = [paid("a", 700), paid("b", 700)];
    await cash();
    expect(last()).toMatchObject({ tender: "cash", expected_minor: 700, tip_minor: 65 });
    till.add("menu");
    expect(due(till.state).total).toBe(635);
    till.paying.tip(65);
    await tap();
    expect(last()).toMatchObject({ tender: "purse", expected_minor: 700, tip_minor: 65 });
    expect(till.state.payment).toEqual(PLAIN);
  });

  it("goes with any change of the basket or of its prices, not with other news", async () => {
    till.add("menu");
    till.paying.tip(65);
    catalogue = { version: 2, items: [...items, item("tea", 150)] };
    await till.loadCatalogue();
    expect(till.state.payment.tip).toBe(65);
    const unknown = { ...till.state, catalogue: EMPTY.catalogue };
    expect(underPrices(unknown, till.state).tip).toBe(65); // of a sale kept over a reload
    catalogue = { version: 3, items: [item("menu", 640)] };
    await till.loadCatalogue();
    expect(till.state.payment).toEqual(PLAIN);
    till.paying.tip(60);
    till.add("menu");
    expect(till.state.payment).toEqual(PLAIN);
  });

  it("above the goods is charged once the seller says that it is meant", async () => {
    till.add("gum");
    till.paying.tip(60);
    replies = [refused("tip-check-needed"), paid("a", 100)];
    await tap();
    expect(shown()).toMatchObject({ kind: "refused", tip: 60 });
    till.paying.confirmTip();
    await tap();
    expect(bodies[0]).not.toHaveProperty("tip_confirmed");
    expect(last()).toMatchObject({ tip_minor: 60, tip_confirmed: true, intent: "2" });
  });

  it("is not taken up while a charge is open, nor for an empty basket", async () => {
    till.paying.tip(65);
    expect(till.state.payment.tip).toBe(0);
    till.add("menu");
    await cash();
    expect(till.state.activity.kind).toBe("unanswered");
    till.paying.tip(65);
    expect(till.state.payment.tip).toBe(0);
  });
});

describe("what a band lacks", () => {
  beforeEach(async () => {
    till.add("menu");
    till.add("juice"); // 835, and 100 for its cup
    replies = [poor(300)];
    await tap();
  });

  it("is offered to others, the band paying what it has", () => {
    expect(shown()).toMatchObject({ cashInstead: true, rest: { cash: 300, part: 635 } });
  });

  it("is paid in cash at the next tap, under a new intent", async () => {
    till.paying.restInCash();
    expect(shown()).toBeNull();
    replies = [paid("a", 935, { balance_minor: 0, balance_before_minor: 635, cash_minor: 300 })];
    await tap();
    expect(last()).toMatchObject({ intent: "2", tender: "purse", cash_minor: 300 });
    expect(last()).toMatchObject({ expected_minor: 935 });
    expect(shown()).toMatchObject({ kind: "paid", amount: 935, before: 635, cash: 300 });
    expect(till.state.payment).toEqual(PLAIN);
    expect(timers).not.toContain(SHOWN_MS); // the cash has still to be taken
  });

  it("of a poorer band than the first is asked for anew", async () => {
    till.paying.restInCash();
    replies = [poor(500)];
    balance = good({ balance_minor: 435 });
    await tap();
    expect(shown()).toMatchObject({ lacks: 200, rest: { cash: 500, part: 435 } });
  });

  it("is not offered where no cash would help, nor for cash", async () => {
    till.dismiss();
    replies = [refused("insufficient-funds")];
    await tap();
    expect(shown()).not.toHaveProperty("rest");
    replies = [poor(300)];
    await cash();
    expect(shown()).not.toHaveProperty("rest");
  });

  it("never leaves a band all the goods: some are left for the sale itself", async () => {
    till.dismiss();
    replies = [poor(40)];
    await tap();
    expect(shown()).toMatchObject({ rest: { cash: 40, part: 834 } });
  });

  it("may be paid by one after all, or all in cash", async () => {
    till.paying.restInCash();
    till.paying.fromOne();
    await tap();
    expect(last()).not.toHaveProperty("cash_minor");
    till.giveUp();
    expect(till.state.payment).toEqual(PLAIN);
    replies = [poor(300), paid("a", 935)];
    await tap();
    till.paying.restInCash();
    await cash();
    expect(last()).toMatchObject({ tender: "cash", expected_minor: 935 });
    expect(last()).not.toHaveProperty("cash_minor");
  });

  it("goes when a tip is added: it was told without it", () => {
    till.paying.restInCash();
    till.paying.tip(65);
    expect(till.state.payment).toMatchObject({ tip: 65, cash: 0, part: 0 });
  });
});

describe("a part payment", () => {
  const lines = [{ sku: "menu", quantity: 1 }];
  const payPart = async (): Promise<void> => {
    till.add("menu");
    till.paying.tip(65);
    replies = [poor(200), paid("p1", 500, { balance_minor: 0, balance_before_minor: 500 })];
    await tap();
    till.paying.restFromBand();
    await tap();
  };

  it("takes only what the band has and keeps the goods for who pays the rest", async () => {
    await payPart();
    expect(last()).toEqual({
      ...{ intent: "2", tender: "purse", lines, expected_minor: 500, part_minor: 500 },
    });
    expect(shown()).toMatchObject({ kind: "paid", part: true, amount: 500 });
    expect(till.state.basket).toEqual(lines);
    expect(till.state.sales[0]).toMatchObject({ id: "p1", open_part: true, lines: [] });
    expect(due(till.state)).toMatchObject({ before: 500, total: 200 });
  });

  it.each(["purse", "cash"])("is named by the sale that a payer of the rest makes: %s", async (by) => {
    await payPart();
    replies = [paid("a", 200)];
    await (by === "cash" ? cash() : tap());
    expect(last()).toMatchObject({ tender: by, lines, expected_minor: 200 });
    expect(last()).toMatchObject({ tip_minor: 65, parts: ["p1"] });
    expect(last()).not.toHaveProperty("part_minor");
    expect(till.state.sales.map(({ id, open_part }) => [id, open_part])).toEqual([
      ["a", false],
      ["p1", false],
    ]);
    expect(till.state.basket).toEqual([]);
  });

  it("is followed by others, until one pays what is left", async () => {
    await payPart();
    replies = [poor(50), paid("p2", 134), paid("a", 66)];
    await tap();
    expect(bodies.at(-1)).toMatchObject({ expected_minor: 200, parts: ["p1"] });
    expect(shown()).toMatchObject({ rest: { cash: 50, part: 134 } });
    till.paying.restFromBand();
    await tap();
    expect(last()).not.toHaveProperty("parts");
    await tap();
    expect(last()).toMatchObject({ parts: ["p2", "p1"], expected_minor: 66 });
  });

  it("outlives a reload and the seller, and the goods are put in again", async () => {
    sales = [part("p1", 500), part("p0", 100, { voided: true })];
    await open();
    expect(due(till.state)).toMatchObject({ before: 500, parts: ["p1"], total: 0 });
    till.add("menu");
    expect(due(till.state).total).toBe(135);
    replies = [paid("a", 135)];
    await tap();
    expect(last()).toMatchObject({ expected_minor: 135, parts: ["p1"] });
  });

  it("that pays for all the goods or more leaves nothing to charge", async () => {
    sales = [part("p1", 635)];
    await open();
    till.add("menu");
    expect(due(till.state)).toMatchObject({ covered: true, total: 0 });
    expect(mayCharge(till.state)).toBe(false);
    await tap();
    await cash();
    expect(bodies).toEqual([]);
    till.add("gum");
    expect(mayCharge(till.state)).toBe(true);
  });

  it("waits while somebody else is served, and is taken up again", async () => {
    sales = [part("p1", 500)];
    await open();
    till.paying.partsAside(true);
    till.add("menu");
    expect(due(till.state)).toMatchObject({ before: 0, parts: [], total: 635 });
    replies = [paid("a", 635), paid("b", 135)];
    await cash();
    expect(last()).not.toHaveProperty("parts");
    till.paying.partsAside(false);
    till.add("menu");
    await cash();
    expect(last()).toMatchObject({ expected_minor: 135, parts: ["p1"] });
  });

  it("is given back by a void of the last sale", async () => {
    await payPart();
    sales = [part("p1", 500, { voided: true, open_part: false })];
    replies = [paid("v", 500)];
    till.askVoid();
    expect(till.state.voiding?.id).toBe("p1");
    till.voidFor("changed-mind");
    await flush();
    expect(last()).toMatchObject({ sale: "p1" });
    expect(shown()).toMatchObject({ kind: "voided", band: 500, cash: 0 });
    expect(due(till.state).total).toBe(700);
  });

  it("is open again once the sale that used it is voided", async () => {
    await payPart();
    replies = [paid("a", 200), paid("v", 200)];
    await cash();
    expect(due(till.state).before).toBe(0);
    sales = [part("a", 200, { tender: "cash", open_part: false, voided: true }), part("p1", 500)];
    till.askVoid();
    till.voidFor("other");
    await flush();
    expect(due(till.state).before).toBe(500);
  });

  it("that another sale used is looked up again", async () => {
    await payPart();
    sales = [part("p1", 500, { open_part: false })];
    replies = [refused("part-used")];
    await cash();
    expect(due(till.state)).toMatchObject({ before: 0, total: 700 });
  });

  it("is not asked for twice where it was left without an answer", async () => {
    till.add("menu");
    replies = [poor(200)];
    await tap();
    till.paying.restFromBand();
    await tap();
    expect(till.state.activity.kind).toBe("unanswered");
    sales = [part("p1", 435)];
    till.giveUp();
    await flush();
    expect(till.state.payment.part).toBe(0);
    expect(due(till.state).total).toBe(200);
  });

  it("is not lost where the list of sales was asked for before it was made", async () => {
    let release: () => void = () => undefined;
    slow = new Promise((done) => (release = done));
    await open();
    slow = null;
    await payPart();
    sales = [part("p1", 500)];
    release();
    await flush();
    expect(due(till.state).before).toBe(500);
  });

  it("is not offered beyond what one sale may name", async () => {
    sales = Array.from({ length: PARTS_MAX }, (_, i) => part(`p${i}`, 1));
    await open();
    till.add("menu");
    replies = [poor(200)];
    await tap();
    expect(shown()).toMatchObject({ rest: { cash: 200, part: 0 } });
  });
});

describe("a crew meal", () => {
  it("is offered only where all that is in the basket may be one", async () => {
    till.paying.crewMeal(true);
    expect(till.state.payment.meal).toBe(false);
    till.add("gum");
    till.add("menu");
    till.paying.crewMeal(true);
    expect(till.state.payment.meal).toBe(false);
    sales = [part("p1", 100)];
    await open();
    till.add("menu");
    till.paying.crewMeal(true);
    expect(till.state.payment.meal).toBe(false);
  });

  it("is paid by the festival, a cup's deposit by the band, and nothing in cash", async () => {
    till.add("juice");
    till.paying.tip(20);
    till.paying.crewMeal(true);
    expect(mayCharge(till.state)).toBe(false);
    await cash();
    till.paying.tip(20);
    const answer = { crew_minor: 200, meals_left: 2, balance_minor: 0, balance_before_minor: 100 };
    replies = [paid("a", 300, answer)];
    await tap();
    expect(bodies).toEqual([
      {
        ...{ intent: "1", tender: "meal", lines: [{ sku: "juice", quantity: 1 }] },
        expected_minor: 300,
      },
    ]);
    expect(shown()).toMatchObject({ kind: "paid", tender: "meal", crew: 200, mealsLeft: 2 });
    expect(till.state.sales[0]).toMatchObject({ tender: "meal", open_part: false });
    expect(till.state.payment).toEqual(PLAIN);
  });

  it("ends with a change of the basket, or at a second touch", async () => {
    till.add("menu");
    till.paying.crewMeal(true);
    till.add("menu");
    expect(till.state.payment.meal).toBe(false);
    till.paying.crewMeal(true);
    till.paying.crewMeal(false);
    replies = [paid("a", 1270)];
    await tap();
    expect(last()).toMatchObject({ tender: "purse" });
  });

  it("waits for its own band like every charge of a band", async () => {
    till.add("menu");
    till.paying.crewMeal(true);
    replies = [refused("tap-again"), refused("no-band"), paid("a", 635, { crew_minor: 635 })];
    await tap();
    await tap();
    expect(till.state.activity.kind).toBe("band-again");
    await tap();
    expect(bodies.map(({ intent, tender }) => [intent, tender])).toEqual([
      ["1", "meal"],
      ["1", "meal"],
      ["1", "meal"],
    ]);
    expect(shown()).toMatchObject({ mealsLeft: 0 });
  });

  it("offers no cash to a band without the deposit", async () => {
    till.add("juice");
    till.paying.crewMeal(true);
    replies = [refused("insufficient-funds")];
    await tap();
    expect(shown()).toMatchObject({ kind: "refused", cashInstead: false });
  });

  it("is counted where a balance is read", async () => {
    balance = good({ purse: "p", counter: 1, balance_minor: 300, meals_left: 4 });
    await tap();
    expect(shown()).toEqual({ kind: "balance", balance: 300, mealsLeft: 4 });
  });
});

describe("an attempt", () => {
  const again = async (): Promise<void> => {
    const made = bodies.at(-1);
    kept = JSON.parse(JSON.stringify(kept)) as Attempt;
    bodies = [];
    replies = [];
    await open();
    expect(bodies[0]).toEqual(made);
  };

  it("of all this is the very same after a reload", async () => {
    sales = [part("p1", 100)];
    await open();
    till.add("menu");
    till.paying.tip(65);
    replies = [poor(300)];
    await tap();
    till.paying.restInCash();
    await tap();
    expect(last()).toMatchObject({ cash_minor: 300, tip_minor: 65, parts: ["p1"] });
    await again();
  });

  it("at a part or a meal is the very same after a reload, and so is what is left", async () => {
    till.add("menu");
    till.paying.tip(65);
    replies = [poor(300)];
    await tap();
    till.paying.restFromBand();
    await tap();
    await again();
    expect(till.state.payment).toMatchObject({ tip: 65, part: 400 });
    till.giveUp();
    till.paying.crewMeal(true);
    await tap();
    expect(last()).toMatchObject({ tender: "meal" });
    await again();
  });

  it("has an intent of its own for each tip, split and meal", async () => {
    till.add("menu");
    replies = [refused("no-band"), poor(300), poor(300), refused("no-band"), refused("no-band")];
    await tap();
    till.paying.tip(65);
    await tap();
    till.paying.restInCash();
    await tap();
    till.paying.restFromBand();
    await tap();
    till.paying.crewMeal(true);
    await tap();
    expect(bodies.map(({ intent }) => intent)).toEqual(["1", "2", "3", "4", "5"]);
  });
});

describe("a void", () => {
  it("tells each payer's share", async () => {
    sales = [part("a", 935, { open_part: false })];
    await open();
    replies = [paid("v", 935, { cash_minor: 300 })];
    till.askVoid();
    till.voidFor("other");
    await flush();
    expect(shown()).toMatchObject({ kind: "voided", amount: 935, cash: 300, band: 635 });
  });

  it("of a crew meal puts the meals back, and only the deposit as money", async () => {
    sales = [part("a", 300, { open_part: false, tender: "meal" })];
    await open();
    replies = [refused("no-band"), paid("v", 300, { crew_minor: 200 })];
    till.askVoid();
    till.voidFor("other");
    await flush();
    expect(till.state.activity.kind).toBe("band-again");
    await tap();
    expect(shown()).toMatchObject({ kind: "voided", meals: true, cash: 0, band: 100 });
  });
});

describe("vouchers", () => {
  const five = voucherText(500);
  const add = (...texts: string[]): void => texts.forEach((text) => till.paying.addVoucher(text));
  const fault = (): unknown => till.state.voucherFault;

  it("pay the goods, and cash what is left of them and the deposits", async () => {
    till.add("menu");
    till.add("juice");
    add(` ${five}\n`);
    expect(due(till.state)).toMatchObject({ total: 935, cash: 435, spending: { pays: [500] } });
    replies = [paid("s1", 935, { voucher_minor: 500, cash_minor: 435 })];
    await cash();
    expect(last()).toMatchObject({ tender: "cash", vouchers: [five], expected_minor: 935 });
    expect(last()).not.toHaveProperty("rest_forfeited");
    expect(shown()).toMatchObject({ kind: "paid", voucher: 500, cash: 435 });
    expect(till.state.sales[0]).toMatchObject({ tender: "voucher", amount_minor: 935 });
    expect(till.state.payment).toEqual(PLAIN);
    expect(kept).toBeNull();
  });

  it("are several, each of which is needed", () => {
    till.add("menu");
    add(five, voucherText(500, { seed: 8 }));
    expect(due(till.state).spending).toMatchObject({ pays: [500, 135], lost: 365 });
    add(voucherText(500, { seed: 9 }));
    expect(fault()).toBe("spare");
    expect(till.state.payment.vouchers).toHaveLength(2);
  });

  it("pay no deposit and no tip", () => {
    till.add("juice");
    till.paying.tip(50);
    add(five);
    expect(due(till.state)).toMatchObject({ total: 350, cash: 150, spending: { paid: 200 } });
  });

  it("are refused by the page where they cannot pay, and what follows clears that", () => {
    add(five);
    expect(fault()).toBe("no-goods");
    till.add("menu");
    expect(fault()).toBeNull();
    add("VV1:TORN");
    expect(fault()).toBe("none");
    add(five, five);
    expect(fault()).toBe("twice");
    till.paying.removeVoucher(five);
    expect(fault()).toBeNull();
    for (let seed = 0; seed <= VOUCHERS_MAX; seed += 1) add(voucherText(1, { seed }));
    expect(fault()).toBe("full");
    expect(till.state.payment.vouchers).toHaveLength(VOUCHERS_MAX);
  });

  it("stay while goods are added, and go with the last of them", () => {
    till.add("menu");
    add(five);
    till.add("gum");
    expect(due(till.state)).toMatchObject({ total: 675, cash: 175 });
    till.remove("menu");
    till.remove("gum");
    expect(till.state.payment).toEqual(PLAIN);
  });

  it("do not pay where goods that went leave one of them without any", async () => {
    till.add("menu");
    till.add("gum");
    add(five, voucherText(150));
    expect(mayCharge(till.state)).toBe(true);
    till.remove("menu");
    expect(due(till.state).spending.spare).toBe(true);
    await cash();
    expect(bodies).toHaveLength(0);
    till.paying.removeVoucher(five);
    expect(mayCharge(till.state)).toBe(true);
  });

  it("keep bands and meals away", async () => {
    till.add("menu");
    till.paying.crewMeal(true);
    add(five);
    expect(till.state.payment.meal).toBe(false);
    till.paying.crewMeal(true);
    expect(till.state.payment.meal).toBe(false);
    await tap();
    expect(bodies).toHaveLength(0);
    till.paying.removeVoucher(five);
    await tap();
    expect(last()).toMatchObject({ tender: "purse" });
    expect(last()).not.toHaveProperty("vouchers");
  });

  it("lose a rest only once the customer agreed, under another intent", async () => {
    till.add("juice");
    till.paying.tip(20);
    add(five);
    replies = [
      refused("voucher-rest"),
      paid("s1", 320, { voucher_minor: 200, cash_minor: 120 }),
    ];
    await cash();
    expect(shown()).toMatchObject({ kind: "refused", lost: 300 });
    till.loseRest();
    await flush();
    expect(last()).toMatchObject({ rest_forfeited: true, vouchers: [five], tip_minor: 20 });
    expect(bodies.map(({ intent }) => intent)).toEqual(["1", "2"]);
    expect(shown()).toMatchObject({ kind: "paid", voucher: 200, cash: 120 });
  });

  it("lose nothing where nobody was asked, or where the basket or the vouchers changed", async () => {
    till.loseRest();
    till.add("menu");
    add(voucherText(700));
    till.loseRest();
    replies = [refused("voucher-rest"), refused("band-damaged")];
    await cash();
    till.dismiss();
    till.loseRest();
    expect(bodies).toHaveLength(1);
    till.paying.loseRest();
    till.add("gum");
    expect(till.state.payment.restLost).toBe(false);
    till.paying.loseRest();
    add(voucherText(100));
    expect(till.state.payment.restLost).toBe(true); // it was not taken
    till.paying.removeVoucher(voucherText(700));
    expect(till.state.payment.restLost).toBe(false);
  });

  it.each(["voucher-used", "voucher-invalid", "not-here"])("stay after %s", async (code) => {
    till.add("menu");
    add(five);
    replies = [refused(code)];
    await cash();
    expect(shown()).toMatchObject({ kind: "refused", failure: { code } });
    expect(shown()).not.toHaveProperty("lost");
    expect(till.state.payment.vouchers).toHaveLength(1);
    till.paying.removeVoucher(five);
    expect(shown()).toBeNull();
    replies = [paid("s1", 635)];
    await cash();
    expect(last()).toMatchObject({ intent: "2", tender: "cash" });
    expect(last()).not.toHaveProperty("vouchers");
  });

  it("are sent again as they were where no answer came, over a reload too", async () => {
    till.add("menu");
    add(five);
    replies = [LOST, paid("s1", 635, { voucher_minor: 500, cash_minor: 135 })];
    await cash();
    add(voucherText(100));
    expect(till.state.payment.vouchers).toHaveLength(1);
    await open();
    expect(bodies).toHaveLength(2);
    expect(bodies[1]).toEqual(bodies[0]);
    expect(shown()).toMatchObject({ kind: "paid", voucher: 500, cash: 135 });
  });

  it("are good again after a void, and only the cash goes back as cash", async () => {
    sales = [part("s1", 635, { tender: "voucher", open_part: false })];
    await open();
    replies = [paid("v1", 635, { voucher_minor: 500, cash_minor: 135 })];
    till.askVoid();
    add(five);
    expect(fault()).toBeNull();
    till.voidFor("wrong-item");
    await flush();
    expect(shown()).toMatchObject({ kind: "voided", vouchers: 500, cash: 135, band: 0 });
  });
});
