/** What TypeScript answers to the cases of golden/music_*.json. Follows tests/studio/music_answers.py. */

import { features, measure, score as scoreOf } from "../../src/music/difficulty";
import { Finisher } from "../../src/music/finishing";
import { Grid } from "../../src/music/grid";
import * as midi from "../../src/music/midi_writer";
import type { Note, Notes } from "../../src/music/notes";
import { findPedals } from "../../src/music/pedal";
import { Player } from "../../src/music/playability";
import { Chain } from "../../src/music/reading";
import { emptyRoll, NoteReader, Roll } from "../../src/music/roll";
import * as score from "../../src/music/score";
import { type Anchor, Quantizer, TempoMap } from "../../src/music/tempo";
import { RollJoiner } from "../../src/music/windows";

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
type WrittenNote = [startS: number, endS: number, pitch: number, velocity: number, track: number];
type WrittenRoll = [frames: number, planes: Record<string, string | Record<string, number[]>>];
type WrittenTempo = [anchors: [number, number][], beatsPerBar: number, downbeat: number];
type WrittenGrid = [number, number, number, number];

const PLANES = ["sounding", "onset", "velocity"] as const;

function rollOf([frames, planes]: WrittenRoll, rate: number, tracks = 1): Roll {
  const roll = emptyRoll(rate, frames, tracks);
  for (const name of PLANES) {
    const rows = planes[name] ?? {};
    if (typeof rows === "string") {
      const bytes = Uint8Array.from(Buffer.from(rows, "base64"));
      roll[name].set(new Float32Array(bytes.buffer));
      continue;
    }
    for (const [row, runs] of Object.entries(rows)) {
      let at = Number(row) * frames;
      for (let i = 0; i < runs.length; i += 2) {
        roll[name].fill(runs[i]! / 1000, at, at + runs[i + 1]!);
        at += runs[i + 1]!;
      }
    }
  }
  return roll;
}

function writtenRoll(roll: Roll): Json {
  const kept = PLANES.map((name) => {
    const rows: Record<string, number[]> = {};
    for (let row = 0; row < roll.rows; row++) {
      const values = [...roll[name].subarray(row * roll.frames, (row + 1) * roll.frames)];
      if (values.some((value) => value !== 0)) rows[row] = values;
    }
    return [name, rows] as const;
  });
  return [roll.frames, Object.fromEntries(kept)];
}

const notesOf = (written: WrittenNote[]): Note[] =>
  written.map(([startS, endS, pitch, velocity, track]) => ({ startS, endS, pitch, velocity, track }));

const writtenNotes = (notes: Notes): Json =>
  notes.map(({ startS, endS, pitch, velocity, track }) => [startS, endS, pitch, velocity, track]);

const tempoOf = ([anchors, beatsPerBar, downbeat]: WrittenTempo) => new TempoMap(anchors, beatsPerBar, downbeat);

const writtenTempo = ({ anchors, beatsPerBar, downbeat }: TempoMap): Json => [
  anchors.map(([second, beat]: Anchor) => [second, beat]),
  beatsPerBar,
  downbeat,
];

const writtenSpans = (spans: readonly { startS: number; endS: number }[]): Json =>
  spans.map(({ startS, endS }) => [startS, endS]);

const finite = (second: number) => (Number.isFinite(second) ? second : null);

// Each takes what its namesake in Python takes.
export const ANSWERS: Record<string, (given: any) => Json> = {
  join(given: { grid: WrittenGrid; total: number | null; tracks: number; windows: WrittenRoll[] }) {
    const grid = new Grid(...given.grid);
    const joiner = new RollJoiner(grid, given.tracks, given.total);
    const pieces = given.windows.map((window) => joiner.push(rollOf(window, grid.frameRate, given.tracks)));
    return [...pieces, joiner.finish()].map(writtenRoll);
  },

  read(given: {
    rate: number;
    tracks: number;
    offset_s: number;
    on: number;
    off: number;
    min_s: number;
    longest_s: number | null;
    pieces: WrittenRoll[];
  }) {
    const { offset_s: offsetS, on, off, min_s: minS, longest_s: longestS } = given;
    const reader = new NoteReader({ offsetS, on, off, minS, longestS });
    const found = given.pieces.map((piece) => {
      const notes = reader.push(rollOf(piece, given.rate, given.tracks));
      return [writtenNotes(notes), reader.untilS];
    });
    return [...found, [writtenNotes(reader.finish()), reader.untilS]];
  },

  tempo(given: { tempo: WrittenTempo; seconds: number[]; beats: number[]; shift: number }) {
    const tempo = tempoOf(given.tempo);
    return {
      beats: given.seconds.map((second) => tempo.beatAt(second)),
      seconds: given.beats.map((beat) => tempo.secondAt(beat)),
      bpm: given.seconds.map((second) => tempo.bpmAt(second)),
      beats_at_once: [...tempo.beatsAt(given.seconds)],
      seconds_at_once: [...tempo.secondsAt(given.beats)],
      shifted: writtenTempo(tempo.shifted(given.shift)),
    };
  },

  quantize(given: {
    strength: number;
    steps: number;
    pushes: { notes: WrittenNote[]; tempo: WrittenTempo; until_s: number; clear: boolean }[];
  }) {
    const quantizer = new Quantizer(given.strength, given.steps);
    const found = given.pushes.map(({ notes, tempo, until_s, clear }) => {
      const ready = quantizer.push(notesOf(notes), tempoOf(tempo), until_s, clear);
      return [writtenNotes(ready), quantizer.untilS];
    });
    return [...found, [writtenNotes(quantizer.finish()), quantizer.untilS]];
  },

  play(given: { level: number; pushes: { notes: WrittenNote[]; until_s: number }[] }) {
    const player = new Player(given.level);
    const found = given.pushes.map(({ notes, until_s }) => {
      const ready = player.push(notesOf(notes), until_s);
      return [writtenNotes(ready), finite(player.untilS)];
    });
    return [...found, [writtenNotes(player.finish()), finite(player.untilS)]];
  },

  pedal(given: { notes: WrittenNote[]; tempo: WrittenTempo }) {
    return writtenSpans(findPedals(notesOf(given.notes), tempoOf(given.tempo)));
  },

  difficulty(given: {
    notes: WrittenNote[];
    start_s: number;
    end_s: number;
    edges: number[];
    tempo: WrittenTempo | null;
  }) {
    const notes = notesOf(given.notes);
    const tempo = given.tempo && tempoOf(given.tempo);
    const found = features(notes, given.start_s, given.end_s, tempo);
    const level = measure(notes, given.start_s, given.end_s, given.edges, tempo);
    return { features: snakeCased(found), score: scoreOf(found), level };
  },

  midi(given: { notes: WrittenNote[]; tempo: WrittenTempo; pedals: [number, number][] }) {
    const pedals = given.pedals.map(([startS, endS]) => ({ startS, endS }));
    return Buffer.from(midi.write(notesOf(given.notes), tempoOf(given.tempo), pedals)).toString("base64");
  },

  score(given: { notes: WrittenNote[]; tempo: WrittenTempo; title: string }) {
    return score.write(notesOf(given.notes), tempoOf(given.tempo), given.title);
  },

  arrange(given: {
    grid: WrittenGrid;
    windows: (WrittenRoll | null)[];
    steps: { duration_s: number; tempo: WrittenTempo; warnings: string[]; clear?: boolean }[];
    unclear: [number, number][];
    difficulty: number;
    quantize: number;
  }) {
    const grid = new Grid(...given.grid);
    let spans = given.unclear;
    const isClear = (startS: number, endS: number) => !spans.some(([a, b]) => a < endS && startS < b);
    const source = { grid, count: given.windows.length, isClear, durationS: 0, tempo: TempoMap.steady(120) };
    const told = { ...source, warnings: [] as readonly string[] };
    const chain = new Chain(told);
    const finisher = new Finisher(given.difficulty, given.quantize);
    const stretches = given.windows.map((window, index) => {
      const step = given.steps[index]!;
      spans = step.clear ?? true ? given.unclear : [[0, Infinity]];
      Object.assign(told, { durationS: step.duration_s, tempo: tempoOf(step.tempo), warnings: step.warnings });
      return finisher.push(chain.push(index, window && rollOf(window, grid.frameRate)));
    });
    const result = finisher.finish();
    return {
      stretches: stretches.map(({ notes, untilS, warnings }) => [writtenNotes(notes), untilS, [...warnings]]),
      pedals: writtenSpans(result.pedals),
      tempo: writtenTempo(result.tempo),
      duration_s: result.durationS,
      warnings: [...result.warnings],
    };
  },
};

function snakeCased(named: object): Json {
  const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return Object.fromEntries(Object.entries(named).map(([name, value]) => [snake(name), value as Json]));
}

/** Where two answers differ first, by more than `tolerance` for a number; null: nowhere. */
export function difference(found: Json, expected: Json, tolerance: number, at = "answer"): string | null {
  if (typeof found === "number" && typeof expected === "number") {
    return Math.abs(found - expected) <= tolerance ? null : `${at}: ${found} instead of ${expected}`;
  }
  if (Array.isArray(found) && Array.isArray(expected)) {
    for (let i = 0; i < Math.min(found.length, expected.length); i++) {
      const inside = difference(found[i]!, expected[i]!, tolerance, `${at}[${i}]`);
      if (inside !== null) return inside;
    }
    return found.length === expected.length ? null : `${at}: ${found.length} items instead of ${expected.length}`;
  }
  if (isRecord(found) && isRecord(expected)) {
    const names = [...new Set([...Object.keys(found), ...Object.keys(expected)])];
    for (const name of names) {
      const inside = difference(found[name] ?? null, expected[name] ?? null, tolerance, `${at}.${name}`);
      if (inside !== null) return inside;
    }
    return null;
  }
  if (typeof found === "string" && typeof expected === "string" && found !== expected) {
    const [lines, wanted] = [found.split("\n"), expected.split("\n")];
    const line = wanted.findIndex((each, i) => each !== lines[i]);
    return `${at}, line ${line + 1}: ${lines[line]} instead of ${wanted[line]}`;
  }
  return found === expected ? null : `${at}: ${JSON.stringify(found)} instead of ${JSON.stringify(expected)}`;
}

function isRecord(value: Json): value is { [name: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
