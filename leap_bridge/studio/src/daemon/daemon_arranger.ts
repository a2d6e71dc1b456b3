// Arranges with the daemon's model: the same face as the arranger that runs in the browser.

import type { Arrangement, Arranger, Listener, Note, Progress, Settings, Song } from "../arranger";
import type { Daemon, TrackNote } from "./types";

const READ_EVERYWHERE = /\.(wav|wave|flac|ogg|oga|mp3|aif|aiff)$/i; // without the ffmpeg program
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
      ...sourceOf(song),
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

/** The file as it was given where the daemon surely reads it, else what the browser decoded. */
export function sourceOf(song: Pick<Song, "name" | "file" | "samples" | "sampleRate">): { source: Blob; sourceName: string } {
  if (READ_EVERYWHERE.test(song.name)) return { source: song.file, sourceName: song.name };
  return { source: wav(song.samples, song.sampleRate), sourceName: `${song.name}.wav` };
}

/** A mono WAV of 32-bit floats. */
function wav(samples: Float32Array, sampleRate: number): Blob {
  const head = new DataView(new ArrayBuffer(44));
  const bytes = samples.byteLength;
  const words: [at: number, word: string][] = [[0, "RIFF"], [8, "WAVE"], [12, "fmt "], [36, "data"]];
  for (const [at, word] of words) [...word].forEach((letter, i) => head.setUint8(at + i, letter.charCodeAt(0)));
  head.setUint32(4, 36 + bytes, true);
  head.setUint32(16, 16, true); // bytes of what follows, up to "data"
  head.setUint16(20, 3, true); // floats
  head.setUint16(22, 1, true); // channels
  head.setUint32(24, sampleRate, true);
  head.setUint32(28, 4 * sampleRate, true);
  head.setUint16(32, 4, true); // bytes of a frame
  head.setUint16(34, 32, true); // bits of a sample
  head.setUint32(40, bytes, true);
  return new Blob([head, samples as Float32Array<ArrayBuffer>], { type: "audio/wav" });
}

function inHand({ startS, endS, pitch, velocity, track }: TrackNote): Note {
  return { startS, endS, pitch, velocity, hand: HANDS[track] ?? "right" };
}
