// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it, vi } from "vitest";
import { createApi, isUnknown, type Answer } from "./api";

type Sent = { path: string; init: RequestInit };

function setup(answer: (sent: Sent) => Promise<Response>, timeoutMs = 50) {
  const sent: Sent[] = [];
  const fetch = (path: string, init: RequestInit): Promise<Response> => {
    sent.push({ path, init });
    return answer({ path, init });
  };
  return { sent, api: createApi({ fetch, language: () => "es", timeoutMs }) };
}

const json = (body: unknown, status = 200): Response =>
  new Response(JSON.stringify(body), { status });
const failureOf = (answer: Answer<unknown>) => (answer.ok ? null : answer.failure);

describe("api", () => {
  it("sends language and token", async () => {
    const { api, sent } = setup(async () => json({ staff: "v017" }));
    await api.post("/api/sign-in", { pin: "1234" });
    api.setToken("abc");
    await api.post("/api/sell", {});
    await api.get("/api/sales");
    const headers = sent.map(({ init }) => init.headers as Record<string, string>);
    expect(headers.map((row) => row["X-Verbena-Token"])).toEqual(["new", "abc", undefined]);
    expect(headers.every((row) => row["Accept-Language"] === "es")).toBe(true);
    expect(sent[0]?.init.body).toBe('{"pin":"1234"}');
  });

  it("tells a refusal with its waiting time", async () => {
    const refused = { code: "locked-out", text: "Espere.", retry_after_s: 60 };
    const { api } = setup(async () => json({ refused }, 429));
    expect(failureOf(await api.post("/api/sign-in", {}))).toEqual({
      kind: "refused",
      status: 429,
      code: "locked-out",
      text: "Espere.",
      retryAfterS: 60,
    });
    const beside = setup(async () => json({ refused: { code: "busy" }, retry_after_s: 2 }, 429));
    expect(failureOf(await beside.api.get("/api/sales"))).toMatchObject({ retryAfterS: 2 });
  });

  it("hands on what a refusal asks others, from within it or beside it", async () => {
    const refused = { code: "approval-needed", text: "", ask: { hash: "ab" } };
    const within = setup(async () => json({ refused }, 409));
    expect(failureOf(await within.api.post("/x", {}))).toMatchObject({ ask: { hash: "ab" } });
    const beside = setup(async () => json({ refused: { code: "x" }, ask: { hash: "cd" } }, 409));
    expect(failureOf(await beside.api.post("/x", {}))).toMatchObject({ ask: { hash: "cd" } });
  });

  it("hands on what a band lacks, where it is an amount", async () => {
    const told = async (short_minor: unknown): Promise<unknown> => {
      const refused = { code: "insufficient-funds", text: "", short_minor };
      return failureOf(await setup(async () => json({ refused }, 409)).api.post("/x", {}));
    };
    expect(await told(150)).toMatchObject({ shortMinor: 150 });
    for (const odd of [0, -1, 1.5, "150", null]) {
      expect(await told(odd)).not.toHaveProperty("shortMinor");
    }
  });

  it("removes with the token", async () => {
    const { api, sent } = setup(async () => json({}));
    api.setToken("abc");
    await api.remove("/api/ask/ab");
    expect(sent[0]).toMatchObject({
      path: "/api/ask/ab",
      init: { method: "DELETE", headers: { "X-Verbena-Token": "abc" } },
    });
  });

  it("turns every other failure into no answer", async () => {
    const cut = setup(() => Promise.reject(new TypeError("network")));
    expect(failureOf(await cut.api.get("/x"))).toEqual({ kind: "no-answer", why: "network" });
    const torn = setup(async () => new Response('{"id":'));
    expect(failureOf(await torn.api.get("/x"))).toEqual({ kind: "no-answer", why: "unreadable" });
    const odd = setup(async () => json({ error: 1 }, 502));
    expect(failureOf(await odd.api.get("/x"))).toEqual({ kind: "no-answer", why: "unreadable" });
  });

  it("does not wait for ever", async () => {
    vi.useFakeTimers();
    const { api } = setup(
      ({ init }) =>
        new Promise((_, fail) => {
          init.signal?.addEventListener("abort", () => fail(new Error("aborted")));
        }),
    );
    const answer = api.get("/api/sales");
    await vi.advanceTimersByTimeAsync(60);
    expect(failureOf(await answer)).toEqual({ kind: "no-answer", why: "timeout" });
    vi.useRealTimers();
  });

  it("asks whether the node answers without the session", async () => {
    const { api, sent } = setup(async () => json({}));
    expect(await api.answers()).toBe(true);
    expect(sent[0]?.init.credentials).toBe("omit");
    expect(await setup(() => Promise.reject(new Error())).api.answers()).toBe(false);
  });
});

it("knows which failures leave the outcome open", () => {
  const refused = { kind: "refused", code: "x", text: "", retryAfterS: null } as const;
  expect(isUnknown({ kind: "no-answer", why: "timeout" })).toBe(true);
  expect(isUnknown({ ...refused, status: 500 })).toBe(true);
  expect(isUnknown({ ...refused, status: 429, code: "busy" })).toBe(true);
  expect(isUnknown({ ...refused, status: 409 })).toBe(false);
});
