/** Which keys of the piano are shipped as samples, and what their files are called. */

const LETTERS = ["C", "Cs", "D", "Ds", "E", "F", "Fs", "G", "Gs", "A", "As", "B"];
const FIRST = 21; // A0, the lowest key of a piano and of the samples
const APART = 3; // semitones from sample to sample
const LAST = 108;
const DEEP = 48; // below C3 samples are largest, and every other one is left out

/** MIDI numbers from A0 to C8. */
export function samplePitches(): number[] {
  const recorded = Array.from({ length: (LAST - FIRST) / APART + 1 }, (_, i) => FIRST + i * APART);
  return recorded.filter((pitch, i) => pitch >= DEEP || i % 2 === 0);
}

/** The keys that the sample of a pitch plays: those nearest to it. */
export function keysOfSample(pitch: number): [low: number, high: number] {
  const all = samplePitches();
  const i = all.indexOf(pitch);
  const [below, above] = [all[i - 1] ?? -pitch, all[i + 1] ?? 255 - pitch];
  return [Math.floor((below + pitch) / 2) + 1, Math.min(127, Math.floor((pitch + above) / 2))];
}

/** 22 -> "As0", 60 -> "C4" */
export function sampleName(pitch: number): string {
  return `${LETTERS[pitch % 12]}${Math.floor(pitch / 12) - 1}`;
}
