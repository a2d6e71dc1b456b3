import { parseMidi } from "midi-file";
import { expect, test } from "vitest";

import type { Arrangement } from "../../src/arranger";
import { fixed, floorDivide, modulo, pairwiseSum, roundHalfEven } from "../../src/music/arithmetic";
import { handed, measured, midiFile, musicXml, numbered } from "../../src/music/saving";

const WALTZ: Arrangement = {
  notes: [
    { startS: 0.5, endS: 1.4, pitch: 43, velocity: 60, hand: "left" },
    { startS: 0.5, endS: 0.9, pitch: 74, velocity: 90, hand: "right" },
    { startS: 1, endS: 1.4, pitch: 79, velocity: 80, hand: "right" },
  ],
  pedals: [{ startS: 0.56, endS: 1.4 }],
  tempo: { anchors: [[0.5, 0], [1, 1]], beatsPerBar: 3, downbeat: 0 },
  durationS: 2,
  warnings: [],
};

test("a saved MIDI file has a track for each hand, whose notes are where they were", () => {
  const { header, tracks } = parseMidi(midiFile(WALTZ));
  const events = tracks.map((track) => track.filter(({ type }) => ["trackName", "noteOn"].includes(type)));
  expect(header.ticksPerBeat).toBe(480);
  expect(events.slice(1).map((track) => track.map((event) => ("text" in event ? event.text : event.type)))).toEqual([
    ["Right hand", "noteOn", "noteOn"],
    ["Left hand", "noteOn"],
  ]);
});

test("half a second before the first bar line is a bar of its own, played faster", () => {
  const conductor = parseMidi(midiFile(WALTZ)).tracks[0]!;
  const tempi = conductor.flatMap((event) => (event.type === "setTempo" ? [event.microsecondsPerBeat] : []));
  expect(tempi).toEqual([166667, 500000]);
});

test("a score names its song, whatever letters that has", () => {
  expect(musicXml(WALTZ, "Ä <b> & c")).toContain("<work-title>Ä &lt;b&gt; &amp; c</work-title>");
});

test("a score holds no character that XML forbids", () => {
  expect(musicXml(WALTZ, "a\u0000b\u001fc\ufffe")).toContain("<work-title>abc</work-title>");
});

test("few notes are easy, and two of them a beat apart at 120 beats a minute", () => {
  expect(measured(WALTZ)).toEqual({ difficulty: 1, bpm: 120 });
});

test("the hand of a note is its track", () => {
  expect(WALTZ.notes.map((note) => handed(numbered(note)))).toEqual(WALTZ.notes);
});

test("halves are rounded to the even number, as in Python", () => {
  expect([0.5, 1.5, 2.5, -0.5, -1.5, 2.4999, 1e15 + 0.5].map(roundHalfEven)).toEqual([0, 2, 2, 0, -2, 2, 1e15]);
  expect([0.25, 0.75, 120.25, 2.45].map((value) => fixed(value, 1))).toEqual(["0.2", "0.8", "120.2", "2.5"]);
  expect([0.125, 0.375, 2.675].map((value) => fixed(value, 2))).toEqual(["0.12", "0.38", "2.67"]);
});

test("quotients of negative numbers are rounded down, as in Python", () => {
  expect([floorDivide(-7, 2), floorDivide(7.5, 1.5), floorDivide(-0.5, 2), modulo(-5, 12)]).toEqual([-4, 5, -1, 7]);
});

test("many numbers are added in NumPy's order", () => {
  const tenths = new Array<number>(1000).fill(0.1);
  expect(pairwiseSum(tenths)).toBe(100.00000000000001);
  expect(pairwiseSum(tenths.slice(0, 100))).toBe(9.999999999999998);
});
