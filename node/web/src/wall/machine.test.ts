// SPDX-License-Identifier: Apache-2.0
import { beforeEach, expect, it } from "vitest";
import type { Answer, Api } from "../shared/api";
import type { LiveHandlers } from "../shared/live";
import { WallScreen } from "./machine";

const good = <T>(value: T): Answer<T> => ({ ok: true, value });
let handlers: LiveHandlers;
let answers: Record<string, Answer<unknown>>;
let bodies: unknown[];
let starts: number;
let wall: WallScreen;

beforeEach(async () => {
  starts = 0;
  bodies = [];
  answers = {
    "/api/hello": good({ device: "hub-1", page: "wall" }),
    "/api/session": good({ signed_in: false }),
    "/api/sign-in": good({ signed_in: true, staff: "s003", roles: [], token: "t" }),
    "/api/sign-out": good({ signed_in: false }),
  };
  const api: Api = {
    get: <T>(path: string) => Promise.resolve(answers[path] as Answer<T>),
    post: <T>(path: string, body: unknown) => {
      bodies.push(body);
      return Promise.resolve(answers[path] as Answer<T>);
    },
    remove: (path) => Promise.resolve(answers[path] as Answer<unknown>),
    answers: () => Promise.resolve(true),
    setToken: () => undefined,
  };
  wall = new WallScreen({
    api,
    live: (given) => {
      handlers = given;
      return { start: () => (starts += 1), stop: () => undefined };
    },
    now: () => 5000,
    after: () => () => undefined,
  });
  await wall.start();
});

it("signs in, then shows figures and since when they are", async () => {
  expect(wall.state.phase).toBe("sign-in");
  await wall.signIn("s003", "verbena", "123456");
  expect(bodies).toEqual([{ alias: "s003", passphrase: "verbena", code: "123456" }]);
  expect(starts).toBe(2);
  handlers.events["wall"]?.({ at_ms: 1 } as never);
  expect(wall.state).toMatchObject({ phase: "live", figures: { at_ms: 1 }, figuresAt: 5000 });
  handlers.down();
  expect(wall.state).toMatchObject({ link: "down", figures: { at_ms: 1 } });
});

it("forgets the figures with the session", async () => {
  await wall.signIn("s003", "verbena", "123456");
  handlers.events["wall"]?.({ at_ms: 1 } as never);
  handlers.events["session"]?.({ signed_in: false } as never);
  expect(wall.state).toMatchObject({ phase: "sign-in", figures: null, sessionEnded: true });
});

it("tells how long an alias is locked", async () => {
  answers["/api/sign-in"] = {
    ok: false,
    failure: { kind: "refused", status: 429, code: "locked-out", text: "", retryAfterS: 900 },
  };
  await wall.signIn("s003", "x", "123456");
  expect(wall.state.signIn).toMatchObject({ busy: false, lockedUntil: 905_000 });
});

it("stays signed in where signing out got no answer", async () => {
  await wall.signIn("s003", "verbena", "123456");
  answers["/api/sign-out"] = { ok: false, failure: { kind: "no-answer", why: "network" } };
  await wall.signOut();
  expect(wall.state.phase).toBe("live");
  expect(wall.state.signOutFailure?.kind).toBe("no-answer");
});
