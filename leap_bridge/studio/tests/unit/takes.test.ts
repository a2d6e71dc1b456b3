import { expect, test } from "vitest";

import { barAndBeat, barsOf, neighbour } from "../../src/page/bars";
import { keysOf } from "../../src/page/draw_roll";
import { sounding } from "../../src/page/piano";
import { keysOfSample, sampleName, samplePitches } from "../../src/page/piano_samples";
import { DEFAULTS } from "../../src/page/settings";
import { addStretch, asArrangement, complete, isUnsaved, newTake, type PlayedNote } from "../../src/page/takes";
import { fileName } from "../../src/page/save_view";

const TEMPO = { anchors: [[0.5, 0], [1, 1]] as [number, number][], beatsPerBar: 4, downbeat: 0 };
const SONG = { id: 1, name: "Evening walk.v2.mp3", file: new Blob(), durationS: 48, recorded: false };

function note(startS: number, endS: number, pitch = 60): PlayedNote {
  return { startS, endS, pitch, velocity: 80, player: 0 };
}

test("bars are counted from 1, and the first beat of a bar is beat 1", () => {
  const bars = barsOf(TEMPO, 6);
  expect(bars.map(({ startS }) => startS)).toEqual([0.5, 2.5, 4.5]);
  expect([0.2, 0.5, 1.1, 2.5, 5].map((atS) => barAndBeat(bars, atS))).toEqual(["–", "1.1", "1.2", "2.1", "3.2"]);
});

test("arrow keys go to the bar before and the bar after", () => {
  const bars = barsOf(TEMPO, 6);
  expect([neighbour(bars, 2.5, true), neighbour(bars, 2.6, false), neighbour(bars, 5, true)]).toEqual([4.5, 0.5, undefined]);
});

test("the pedal holds what ends while it is down, until the key is struck again", () => {
  const held = sounding([note(0, 0.5), note(1, 1.2, 64), note(1.5, 1.6)], [{ startS: 0, endS: 2 }]);
  expect(held.map(({ startS, endS }) => [startS, endS])).toEqual([[0, 1.5], [1, 2], [1.5, 2]]);
});

test("what ends before the pedal goes down is not held", () => {
  expect(sounding([note(0, 0.5)], [{ startS: 0.6, endS: 2 }])[0]?.endS).toBe(0.5);
});

test("a take grows by stretches and becomes what was made", () => {
  const take = newTake(1, SONG, { ...DEFAULTS, startS: 8 });
  expect([take.durationS, isUnsaved(take)]).toEqual([40, false]);
  const first = { startS: 0, endS: 1, pitch: 60, velocity: 80, hand: "left" as const };
  addStretch(take, { window: 0, windows: 8, notes: [first], untilS: 5.12, tempo: TEMPO });
  expect([take.notes.length, take.untilS, take.windows.total, isUnsaved(take)]).toEqual([1, 5.12, 8, true]);
  const made = { notes: [first], pedals: [], tempo: TEMPO, durationS: 40, warnings: ["The beat is not clear."] };
  complete(take, made);
  expect(asArrangement(take)).toEqual(made);
});

test("a saved file says how to make it again", () => {
  expect(fileName(newTake(1, SONG, { ...DEFAULTS, difficulty: 2.5, seed: 7 }), "mid")).toBe("Evening walk.v2.piano-2.5-seed7.mid");
});

test("a roll shows all keys that are played, and not too few", () => {
  const { low, high } = keysOf([note(0, 1, 60)]);
  expect([high - low, low < 60, high > 60]).toEqual([30, true, true]);
  expect(keysOf([note(0, 1, 21), note(0, 1, 108)])).toEqual({ low: 19, high: 110 });
});

test("the piano has a sample for every third key, and in the bass for every sixth", () => {
  const names = samplePitches().map(sampleName);
  expect([names.length, names[0], names[1], names.at(-1)]).toEqual([26, "A0", "Ds1", "C8"]);
  expect(names.slice(4, 8)).toEqual(["A2", "C3", "Ds3", "Fs3"]);
});

test("every key is played by one sample", () => {
  const keys = samplePitches().map(keysOfSample);
  expect(keys.slice(1).every(([low], i) => low === keys[i]![1] + 1)).toBe(true);
  expect([keys[0]![0], keys.at(-1)![1]]).toEqual([1, 127]);
});
