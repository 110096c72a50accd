// SPDX-License-Identifier: Apache-2.0
import { beforeEach, expect, it } from "vitest";
import { Live, QUIET_MS, type EventSourceLike } from "./live";

class Source implements EventSourceLike {
  readyState = 0;
  onopen: ((event: Event) => unknown) | null = null;
  onerror: ((event: Event) => unknown) | null = null;
  closed = false;
  listeners = new Map<string, (event: MessageEvent) => void>();
  addEventListener(kind: string, listen: (event: MessageEvent) => void): void {
    this.listeners.set(kind, listen);
  }
  close(): void {
    this.closed = true;
  }
  say(kind: string, data: string): void {
    this.listeners.get(kind)?.({ data } as MessageEvent);
  }
  fail(readyState: number): void {
    this.readyState = readyState;
    this.onerror?.({} as Event);
  }
}

let sources: Source[];
let timers: { ms: number; run: () => void }[];
let log: string[];
let answers: boolean;
let live: Live;
const last = (): Source => sources[sources.length - 1]!;
const tick = (): Promise<void> => new Promise((done) => setTimeout(done, 0));

beforeEach(() => {
  sources = [];
  timers = [];
  log = [];
  answers = true;
  live = new Live(
    {
      open: () => {
        sources.push(new Source());
        return last();
      },
      answers: () => Promise.resolve(answers),
      after: (ms, run) => {
        const timer = { ms, run };
        timers.push(timer);
        return () => (timers = timers.filter((other) => other !== timer));
      },
    },
    {
      events: { reader: (data: { arrival: number }) => log.push(`reader ${data.arrival}`) },
      up: () => log.push("up"),
      down: () => log.push("down"),
    },
  );
  live.start();
});

it("hands events on", () => {
  last().onopen?.({} as Event);
  last().say("reader", '{"arrival":17}');
  expect(log).toEqual(["up", "up", "reader 17"]);
});

it("leaves reconnecting to the browser, except after a closed stream", () => {
  last().fail(0);
  expect(log).toEqual(["down"]);
  expect(sources).toHaveLength(1);
  last().fail(2);
  expect(timers.map(({ ms }) => ms)).toEqual([500]);
  timers[0]?.run();
  expect(sources).toHaveLength(2);
  expect(sources[0]?.closed).toBe(true);
});

it("checks a quiet stream and calls it down where the node does not answer", async () => {
  last().onopen?.({} as Event);
  expect(timers.map(({ ms }) => ms)).toEqual([QUIET_MS]);
  timers[0]?.run();
  await tick();
  expect(log).toEqual(["up"]);
  answers = false;
  timers[0]?.run();
  await tick();
  expect(log).toEqual(["up", "down"]);
});

it("does not listen to a stream that it replaced", () => {
  const old = last();
  live.start();
  old.say("reader", '{"arrival":1}');
  expect(log).toEqual([]);
});

it("treats torn data as a broken stream", () => {
  last().say("reader", "{");
  expect(log).toEqual(["up", "down"]);
});
