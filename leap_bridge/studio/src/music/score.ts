/**
 * A piano's notes as a MusicXML score on two staves, simple enough to read at sight.
 *
 * Follows leap_models/music/score.py, byte for byte, as far as it concerns a piano. Times become sixteenths of the beat.
 * A hand is one voice: what it strikes together is a chord, which lasts until the hand strikes again, or until its longest
 * note ends if that is earlier. Source: MusicXML 4.0, partwise.
 */

import { fixed, modulo } from "./arithmetic";
import { LEFT, type Notes, RIGHT } from "./notes";
import { type Chord, firstStep, inBars, LENGTHS, STEPS, voiceOf } from "./score_voices";
import type { TempoMap } from "./tempo";
import { Element } from "./xml";

const HEAD =
  '<?xml version="1.0" encoding="UTF-8"?>\n' +
  '<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 Partwise//EN" ' +
  '"http://www.musicxml.org/dtds/partwise.dtd">\n';
const VOLUME = 100; // what General MIDI takes a channel's to be until it is said
const MAJOR = [0, 2, 4, 5, 7, 9, 11];
const SHARPS = ["C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"];
const FLATS = ["C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B"];

/** A score as the text of a .musicxml file. `notes`: of a piano; `track` is the hand. */
export function write(notes: Notes, tempo: TempoMap, title = ""): string {
  const bar = STEPS * tempo.beatsPerBar;
  const first = firstStep(tempo);
  const staves = [RIGHT, LEFT].map((hand) => notes.filter((note) => note.track === hand));
  const hands = staves.map((played) => voiceOf(played, tempo, first));
  const end = hands.flat().reduce((last, chord) => Math.max(last, chord.start + chord.steps), bar);
  const bars = Math.ceil(end / bar);
  const fifths = findKey(staves.flat());
  const root = new Element("score-partwise", { version: "4.0" });
  root.add("work").add("work-title", title || "Piano");
  namePart(root.add("part-list").add("score-part", null, { id: "P1" }));
  const part = root.add("part", null, { id: "P1" });
  const measures = Array.from({ length: bars }, (_, i) => part.add("measure", null, { number: `${i + 1}` }));
  attributes(measures[0]!, fifths, tempo);
  for (const [index, hand] of hands.entries()) {
    const staff = index + 1;
    if (staff === 2) for (const measure of measures) measure.add("backup").add("duration", `${bar}`);
    for (const chord of inBars(hand, bar, bars * bar)) {
      writeChord(measures[Math.floor(chord.start / bar)]!, chord, staff, fifths);
    }
  }
  return `${HEAD}${root.text()}\n`;
}

/** The sharps (or, negative, the flats) of the major scale that leaves out the fewest notes; -5..6. */
export function findKey(notes: Notes): number {
  let [best, most] = [-5, -1];
  for (let fifths = -5; fifths < 7; fifths++) {
    const scale = MAJOR.map((step) => modulo(step + 7 * fifths, 12));
    const inside = notes.filter((note) => scale.includes(note.pitch % 12)).length;
    if (inside > most || (inside === most && Math.abs(fifths) < Math.abs(best))) [best, most] = [fifths, inside];
  }
  return best;
}

/** Its name, and for programs that play scores the instrument. */
function namePart(entry: Element): void {
  const sound = { id: "P1-I1" };
  entry.add("part-name", "Piano");
  entry.add("score-instrument", null, sound).add("instrument-name", "Piano");
  const played = entry.add("midi-instrument", null, sound);
  played.add("midi-channel", "1");
  played.add("midi-program", "1");
  played.add("volume", `${Math.round((100 * VOLUME) / 127)}`);
}

function attributes(measure: Element, fifths: number, tempo: TempoMap): void {
  const attributes = measure.add("attributes");
  attributes.add("divisions", `${STEPS}`);
  attributes.add("key").add("fifths", `${fifths}`);
  const time = attributes.add("time");
  time.add("beats", `${tempo.beatsPerBar}`);
  time.add("beat-type", "4");
  attributes.add("staves", "2");
  for (const [number, sign, line] of [["1", "G", "2"], ["2", "F", "4"]] as const) {
    const clef = attributes.add("clef", null, { number });
    clef.add("sign", sign);
    clef.add("line", line);
  }
  measure.add("sound", null, { tempo: fixed(tempo.bpmAt(0), 1) });
}

function writeChord(measure: Element, chord: Chord, staff: number, fifths: number): void {
  const { name, dots } = LENGTHS.find((length) => length.steps === chord.steps)!;
  const isRest = chord.pitches.length === 0;
  const ties = isRest ? [] : [...(chord.tiedFrom ? ["stop"] : []), ...(chord.tiedTo ? ["start"] : [])];
  for (const [index, pitch] of (isRest ? [null] : chord.pitches).entries()) {
    const note = measure.add("note");
    if (index > 0) note.add("chord");
    if (pitch === null) note.add("rest");
    else writePitch(note, pitch, fifths);
    note.add("duration", `${chord.steps}`);
    for (const type of ties) note.add("tie", null, { type });
    note.add("voice", `${staff}`);
    note.add("type", name);
    for (let dot = 0; dot < dots; dot++) note.add("dot");
    note.add("staff", `${staff}`);
    if (ties.length > 0) {
      const notations = note.add("notations");
      for (const type of ties) notations.add("tied", null, { type });
    }
  }
}

function writePitch(note: Element, number: number, fifths: number): void {
  const name = (fifths >= 0 ? SHARPS : FLATS)[number % 12]!;
  const pitch = note.add("pitch");
  pitch.add("step", name[0]!);
  if (name.length > 1) pitch.add("alter", name[1] === "#" ? "1" : "-1");
  pitch.add("octave", `${Math.floor(number / 12) - 1}`);
}
