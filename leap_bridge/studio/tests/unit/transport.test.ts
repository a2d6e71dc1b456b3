import { expect, test } from "vitest";

import { gains, Run } from "../../src/page/transport";

test("the song goes on as the clock does, and ends at its end", () => {
  const run = new Run(100, 5, 60, null);
  expect([run.positionAt(99), run.positionAt(103), run.positionAt(1000)]).toEqual([5, 8, 60]);
  expect([run.isOver(154.9), run.isOver(155)]).toEqual([false, true]);
});

test("a loop goes round and never ends", () => {
  const run = new Run(0, 3, 60, { startS: 2, endS: 4 });
  expect([0.5, 1, 2.5, 3, 101].map((nowS) => run.positionAt(nowS))).toEqual([3.5, 2, 3.5, 2, 2]);
  expect(run.isOver(500)).toBe(false);
});

test("who begins behind the loop plays on to the end", () => {
  expect(new Run(0, 5, 60, { startS: 2, endS: 4 }).positionAt(10)).toBe(15);
});

test("everything is planned once, whenever it is asked for", () => {
  const run = new Run(10, 1, 60, null);
  expect(run.plan(10.5)).toEqual([{ fromS: 1, toS: 1.5, whenS: 10 }]);
  expect(run.plan(10.5)).toEqual([]);
  expect(run.plan(11)).toEqual([{ fromS: 1.5, toS: 2, whenS: 10.5 }]);
});

test("what is planned over the end of a loop begins again at its start", () => {
  const run = new Run(0, 3, 60, { startS: 2, endS: 4 });
  expect(run.plan(2)).toEqual([{ fromS: 3, toS: 4, whenS: 0 }, { fromS: 2, toS: 3, whenS: 1 }]);
});

test("what was planned can be planned again from a time on", () => {
  const run = new Run(10, 0, 60, null);
  run.plan(12);
  run.planAgain(11);
  expect(run.plan(12)).toEqual([{ fromS: 1, toS: 2, whenS: 11 }]);
});

test("nothing is planned behind the end", () => {
  expect(new Run(0, 59, 60, null).plan(5)).toEqual([{ fromS: 59, toS: 60, whenS: 0 }]);
});

test.each([0, 0.3, 0.5, 1])("at a balance of %f song and piano have the power of one", (balance) => {
  const { song, piano } = gains(balance);
  expect(song ** 2 + piano ** 2).toBeCloseTo(1);
});
