// Arranges with the daemon's model: the same face as the arranger that runs in the browser.

import type { Arrangement, Arranger, Listener, Note, Progress, Settings, Song } from "../arranger";
import type { Daemon, TrackNote } from "./types";

const HANDS = ["right", "left"] as const; // the tracks of a piano

export class DaemonArranger implements Arranger {
  /** The number of the last job, for `daemon.file(job, format)`; 0 before there is one. */
  job = 0;

  constructor(
    private readonly daemon: Daemon,
    private readonly model = "leap",
  ) {}

  async load(progress: (progress: Progress) => void): Promise<void> {
    progress({ stage: "loading", done: 1, total: 1, etaS: 0 }); // the daemon loads it with the first job
  }

  async arrange(song: Song, settings: Settings, listener: Listener, signal: AbortSignal): Promise<Arrangement> {
    const order = {
      model: this.model,
      source: song.file,
      sourceName: song.name,
      values: {
        difficulty: settings.difficulty,
        quantize: settings.quantize,
        seed: settings.seed,
        start_s: settings.startS,
        end_s: settings.endS ?? 0,
      },
    };
    const result = await this.daemon.run(
      order,
      {
        accepted: ({ job }) => (this.job = job),
        progress: (progress) => listener.progress(progress),
        stretch: (stretch) => listener.stretch({ ...stretch, notes: stretch.notes.map(inHand) }),
      },
      signal,
    );
    const { pedals, tempo, durationS, warnings } = result;
    return { notes: result.notes.map(inHand), pedals, tempo, durationS, warnings };
  }
}

function inHand({ startS, endS, pitch, velocity, track }: TrackNote): Note {
  return { startS, endS, pitch, velocity, hand: HANDS[track] ?? "right" };
}
