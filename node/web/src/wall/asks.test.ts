// SPDX-License-Identifier: Apache-2.0
import { beforeEach, expect, it } from "vitest";
import type { Answer } from "../shared/api";
import { AsksScreen, type Ask, type Asks } from "./asks";

const ask = (hash: string, more: Partial<Ask> = {}): Ask => ({
  hash,
  sentence: { en: `Deliver ${hash}`, es: `Entregar ${hash}` },
  device: "store-1",
  stand: "",
  staff: "a001",
  age_ms: 1000,
  needed: 1,
  yes: 0,
  mine: false,
  ...more,
});
const list = (...asks: Ask[]): Asks => ({ asks, may_approve: true });
const refused = (status: number, code: string, retryAfterS: number | null = null) =>
  ({ ok: false, failure: { kind: "refused", status, code, text: "", retryAfterS } }) as const;

let listed: Answer<unknown>;
let said: Answer<unknown>;
let posts: { path: string; body: unknown }[];
let asks: AsksScreen;

beforeEach(() => {
  listed = { ok: true, value: list(ask("aa")) };
  said = { ok: true, value: {} };
  posts = [];
  asks = new AsksScreen(
    {
      get: <T>() => Promise.resolve(listed as Answer<T>),
      post: <T>(path: string, body: unknown) => {
        posts.push({ path, body });
        return Promise.resolve(said as Answer<T>);
      },
    },
    () => 5000,
  );
});

it("shows nothing where the node knows no asks", async () => {
  listed = refused(404, "not-found");
  await asks.load();
  expect(asks.state.known).toBe(false);
  listed = { ok: false, failure: { kind: "no-answer", why: "network" } };
  await asks.load();
  expect(asks.state.known).toBe(false);
  asks.take("nonsense");
  expect(asks.state.known).toBe(false);
});

it("keeps the list over a request that got no answer", async () => {
  await asks.load();
  listed = { ok: false, failure: { kind: "no-answer", why: "network" } };
  await asks.load();
  expect(asks.state).toMatchObject({ known: true, at: 5000 });
  expect(asks.state.asks).toHaveLength(1);
});

it("sends the yes with the passphrase, to what was opened", async () => {
  await asks.load();
  await asks.yes("a long secret");
  expect(posts).toEqual([]);
  asks.openAsk("aa");
  await asks.yes("");
  expect(posts).toEqual([]);
  listed = { ok: true, value: list() };
  await asks.yes("a long secret");
  expect(posts).toEqual([{ path: "/api/asks/aa/yes", body: { passphrase: "a long secret" } }]);
  expect(asks.state).toMatchObject({ open: null, asks: [], busy: false });
  expect(asks.state.result).toEqual({ kind: "yes", sentence: ask("aa").sentence });
  asks.dismiss();
  expect(asks.state.result).toBeNull();
});

it("says no without a passphrase", async () => {
  await asks.load();
  asks.openAsk("aa");
  await asks.no();
  expect(posts).toEqual([{ path: "/api/asks/aa/no", body: {} }]);
  expect(asks.state.result?.kind).toBe("no");
});

it("opens only what somebody here may still answer", async () => {
  listed = { ok: true, value: list(ask("aa", { mine: true }), ask("bb")) };
  await asks.load();
  asks.openAsk("aa");
  asks.openAsk("zz");
  expect(asks.state.open).toBeNull();
  asks.take({ asks: [ask("bb")], may_approve: false });
  asks.openAsk("bb");
  expect(asks.state.open).toBeNull();
});

it("stays open after a wrong passphrase, and says how long it is locked", async () => {
  await asks.load();
  asks.openAsk("aa");
  said = refused(403, "wrong-passphrase");
  await asks.yes("wrong");
  expect(asks.state.open?.hash).toBe("aa");
  expect(asks.state.failure).toMatchObject({ code: "wrong-passphrase" });
  said = refused(429, "locked-out", 900);
  await asks.yes("wrong");
  expect(asks.state.lockedUntil).toBe(905_000);
  said = refused(403, "not-an-approver");
  await asks.yes("right");
  expect(asks.state).toMatchObject({ lockedUntil: null, failure: { code: "not-an-approver" } });
});

it("tells of an ask that ended elsewhere while it was open here", async () => {
  await asks.load();
  asks.openAsk("aa");
  asks.take(list(ask("bb")));
  expect(asks.state).toMatchObject({ open: null, result: { kind: "gone" } });
  asks.openAsk("bb");
  said = refused(404, "unknown-ask");
  await asks.yes("x");
  expect(asks.state).toMatchObject({ open: null, result: { kind: "gone" } });
});

it("does not claim an outcome that it does not know", async () => {
  await asks.load();
  asks.openAsk("aa");
  said = { ok: false, failure: { kind: "no-answer", why: "timeout" } };
  await asks.yes("x");
  expect(asks.state).toMatchObject({ open: null, busy: false, result: { kind: "unknown" } });
});

it("forgets everything with the session, answers under way included", async () => {
  await asks.load();
  asks.openAsk("aa");
  const late = asks.yes("x");
  asks.forget();
  await late;
  expect(asks.state).toMatchObject({ known: false, asks: [], open: null, result: null });
});
