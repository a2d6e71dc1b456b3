/** Which keys of the piano were recorded, and what their files are called. */

const LETTERS = ["C", "Cs", "D", "Ds", "E", "F", "Fs", "G", "Gs", "A", "As", "B"];
const FIRST = 21; // A0, the lowest key of a piano and of the samples
const APART = 3; // semitones from sample to sample
const LAST = 108;

/** MIDI numbers from A0 to C8. */
export function samplePitches(): number[] {
  return Array.from({ length: (LAST - FIRST) / APART + 1 }, (_, i) => FIRST + i * APART);
}

/** 22 -> "As0", 60 -> "C4" */
export function sampleName(pitch: number): string {
  return `${LETTERS[pitch % 12]}${Math.floor(pitch / 12) - 1}`;
}
