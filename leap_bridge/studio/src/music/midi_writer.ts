/**
 * Writing MIDI files: the bars of the file are the bars of the song, and every note keeps its second.
 *
 * Follows leap_models/music/midi_writer.py, byte for byte.
 */

import { type MidiEvent, writeMidi } from "midi-file";

import { LEFT, type Note, type Notes, type Pedal, RIGHT, SUSTAIN, sortedNotes } from "./notes";
import type { TempoMap } from "./tempo";
import { type FileTempo, fileTempo } from "./ticks";

export const HANDS = ["Right hand", "Left hand"] as const;

// How events at one tick are ordered, so that a key is free before it is struck again.
const [OFF, PEDAL_UP, PEDAL_DOWN, ON] = [0, 1, 2, 3];

interface Placed {
  readonly tick: number;
  readonly order: number;
  readonly event: MidiEvent;
}

/**
 * A piano's two hands as a MIDI file.
 *
 * Notes are within 1 ms of where they are, bar lines within 1 ms of the tempo map's. Where two notes of one key and
 * track overlap, the earlier is cut. Notes before 0 s begin there.
 */
export function write(notes: Iterable<Note>, tempo: TempoMap, pedals: Iterable<Pedal> = []): Uint8Array<ArrayBuffer> {
  const kept = separated(notes);
  const pressed = [...pedals].sort((a, b) => a.startS - b.startS || a.endS - b.endS);
  const endS = [...kept, ...pressed].reduce((last, each) => Math.max(last, each.endS), 0);
  const ticks = fileTempo(tempo, endS);
  const tracks = [conductor(tempo, ticks)];
  for (const hand of [RIGHT, LEFT] as const) {
    const played = kept.filter((note) => note.track === hand);
    const events = [...noteEvents(played, hand, ticks), ...pedalEvents(pressed, hand, ticks)];
    tracks.push(
      track(events, [
        { deltaTime: 0, type: "trackName", text: HANDS[hand] },
        { deltaTime: 0, type: "programChange", channel: hand, programNumber: 0 },
      ]),
    );
  }
  const header = { format: 1, numTracks: tracks.length, ticksPerBeat: ticks.perBeat } as const;
  return Uint8Array.from(writeMidi({ header, tracks }, { running: true }));
}

/** Notes of one key and track that overlap no more; of those that begin at once, the longest is kept. */
function separated(notes: Iterable<Note>): Notes {
  const last = new Map<string, Note>();
  const kept: Note[] = [];
  // From the end, so that the next note of the key is known.
  for (const note of sortedNotes(notes).reverse()) {
    const key = `${note.track} ${note.pitch}`;
    const following = last.get(key);
    if (following !== undefined && following.startS <= note.startS) continue;
    const isCut = following !== undefined && following.startS < note.endS;
    const alone = isCut ? { ...note, endS: following.startS } : note;
    last.set(key, alone);
    kept.push(alone);
  }
  return sortedNotes(kept);
}

function conductor(tempo: TempoMap, ticks: FileTempo): MidiEvent[] {
  const signature = (tick: number, numerator: number): Placed => ({
    tick,
    order: 0,
    event: { deltaTime: 0, type: "timeSignature", numerator, denominator: 4, metronome: 24, thirtyseconds: 8 },
  });
  const events = [signature(0, ticks.firstBarBeats)];
  if (ticks.firstBarBeats !== tempo.beatsPerBar) {
    events.push(signature(ticks.firstBarBeats * ticks.perBeat, tempo.beatsPerBar));
  }
  for (const { tick, usPerBeat } of ticks.changes) {
    events.push({ tick, order: 1, event: { deltaTime: 0, type: "setTempo", microsecondsPerBeat: usPerBeat } });
  }
  return track(events);
}

function noteEvents(notes: Notes, channel: number, ticks: FileTempo): Placed[] {
  const free = new Map<number, number>(); // pitch -> the tick at which its key was let go
  return notes.flatMap(({ startS, endS, pitch, velocity }) => {
    const start = Math.max(ticks.tickAt(startS), free.get(pitch) ?? 0); // of two strikes within a tick the later waits
    const end = Math.max(start + 1, ticks.tickAt(endS));
    free.set(pitch, end);
    const head = { deltaTime: 0, channel, noteNumber: pitch };
    return [
      { tick: start, order: ON, event: { ...head, type: "noteOn", velocity } as const },
      { tick: end, order: OFF, event: { ...head, type: "noteOff", velocity: 64 } as const },
    ];
  });
}

function pedalEvents(pedals: readonly Pedal[], channel: number, ticks: FileTempo): Placed[] {
  const press = (second: number, order: number, value: number): Placed => ({
    tick: ticks.tickAt(second),
    order,
    event: { deltaTime: 0, type: "controller", channel, controllerType: SUSTAIN, value },
  });
  return pedals.flatMap(({ startS, endS }) => [press(startS, PEDAL_DOWN, 127), press(endS, PEDAL_UP, 0)]);
}

function track(events: readonly Placed[], head: readonly MidiEvent[] = []): MidiEvent[] {
  let last = 0;
  const timed = [...events]
    .sort((a, b) => a.tick - b.tick || a.order - b.order)
    .map(({ tick, event }) => {
      const deltaTime = tick - last;
      last = tick;
      return { ...event, deltaTime };
    });
  return [...head, ...timed, { deltaTime: 0, type: "endOfTrack" }];
}
