/** Stands in for the real arranger in tests of the page: it hears nothing, but takes its time and gives more notes the harder. */

import { type Arrangement, ArrangeError, type Arranger, type Listener, type Note, type Progress, type Settings, type Song } from "../../src/arranger";

const WINDOW_S = 5.12;
const WINDOW_MS = 120;
const BEAT_S = 0.5;
const CHORDS = [[48, 52, 55], [57, 60, 64], [53, 57, 60], [55, 59, 62]];

export class BrowserArranger implements Arranger {
  async load(progress: (p: Progress) => void): Promise<void> {
    for (let done = 0; done <= 4; done++) {
      progress({ stage: "loading", done, total: 4, etaS: null });
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async arrange(song: Song, settings: Settings, listener: Listener, signal: AbortSignal): Promise<Arrangement> {
    const durationS = Math.min(settings.endS ?? Infinity, song.samples.length / song.sampleRate) - settings.startS;
    if (settings.seed === 13) throw new ArrangeError("out_of_memory", "There is not enough memory for this song.");
    const notes = notesOf(settings, durationS);
    const tempo = { anchors: [[0, 0], [durationS, durationS / BEAT_S]] as [number, number][], beatsPerBar: 4, downbeat: 0 };
    const windows = Math.ceil(durationS / WINDOW_S);
    for (let window = 0; window < windows; window++) {
      listener.progress({ stage: "arranging", done: window, total: windows, etaS: ((windows - window) * WINDOW_MS) / 1000 });
      await wait(signal);
      const [fromS, untilS] = [window * WINDOW_S, Math.min((window + 1) * WINDOW_S, durationS)];
      const inside = notes.filter(({ startS }) => startS >= fromS && startS < untilS);
      listener.stretch({ window, windows, notes: inside, untilS, tempo });
    }
    return { notes, pedals: [{ startS: 0, endS: 1.9 }], tempo, durationS, warnings: [] };
  }
}

function wait(signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(new DOMException("cancelled", "AbortError"));
    if (signal.aborted) return stop();
    signal.addEventListener("abort", stop, { once: true });
    setTimeout(resolve, WINDOW_MS);
  });
}

function notesOf({ difficulty, seed }: Settings, durationS: number): Note[] {
  const notes: Note[] = [];
  const perBeat = Math.max(1, Math.round(difficulty));
  for (let beat = 0; beat * BEAT_S < durationS; beat++) {
    const chord = CHORDS[Math.floor(beat / 4) % 4]!;
    const atS = beat * BEAT_S;
    if (beat % (difficulty > 2 ? 1 : 4) === 0) {
      for (const pitch of difficulty > 3 ? chord : [chord[beat % 3]!]) notes.push(note(atS, BEAT_S * 0.9, pitch - 12, 60, "left", durationS));
    }
    for (let i = 0; i < perBeat; i++) {
      const step = BEAT_S / perBeat;
      const pitch = 12 + chord[(beat + i * 2 + seed) % 3]! + (i % 2 ? 12 : 0);
      notes.push(note(atS + i * step, step * 0.95, pitch, 70 + ((beat * 7 + i * 13) % 50), "right", durationS));
    }
  }
  return notes.filter(({ startS }) => startS < durationS - 0.01);
}

function note(startS: number, longS: number, pitch: number, velocity: number, hand: Note["hand"], durationS: number): Note {
  return { startS, endS: Math.min(startS + longS, durationS), pitch, velocity, hand };
}
