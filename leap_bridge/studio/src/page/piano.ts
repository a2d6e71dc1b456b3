/** The piano that plays takes: Salamander Grand samples, played by smplr. */

import { Sampler, Scheduler, type Smplr, type SmplrRegion } from "smplr";

import type { Pedal } from "../arranger";
import { keysOfSample, sampleName, samplePitches } from "./piano_samples";
import type { PlayedNote } from "./takes";

const MIDDLE_C = 60;
const RELEASE_S = 0.25;
const AT_ONCE_MS = 10_000; // whatever is scheduled goes straight to the audio engine, so that stop() reaches it

export class Piano {
  readonly ready: Promise<unknown>;
  private readonly sampler: Smplr;

  constructor(
    private readonly context: AudioContext,
    readonly output: AudioNode,
    onProgress: (done: number, total: number) => void = () => undefined,
  ) {
    const regions = samplePitches().map((pitch): SmplrRegion => {
      return { sample: sampleName(pitch), pitch, keyRange: keysOfSample(pitch), ampRelease: RELEASE_S };
    });
    const baseUrl = new URL("piano", document.baseURI).href;
    this.sampler = Sampler(context, {
      preset: { samples: { baseUrl, formats: ["mp3"] }, groups: [{ regions }] },
      destination: output,
      scheduler: Scheduler(context, { lookaheadMs: AT_ONCE_MS }),
      onLoadProgress: ({ loaded, total }) => onProgress(loaded, total),
    });
    this.ready = Promise.all([this.sampler.ready, isThere(`${baseUrl}/${sampleName(MIDDLE_C)}.mp3`)]);
  }

  strike(pitch: number, velocity: number, whenS: number, durationS: number): void {
    // One layer of samples: soft notes are made duller, as a soft hammer does.
    const lpfCutoffHz = 900 * 2 ** (velocity / 24) + 6 * pitch;
    this.sampler.start({ note: pitch, velocity, time: Math.max(whenS, this.context.currentTime), duration: durationS, lpfCutoffHz });
  }

  silence(): void {
    this.sampler.stop();
  }
}

/** The sampler passes over what it cannot load; whether it could is seen by one of its samples. */
async function isThere(url: string): Promise<void> {
  const { ok, status } = await fetch(url);
  if (!ok) throw new Error(`${url}: ${status}`);
}

/** Notes with the ends that are heard: what ends while the pedal is down sounds until it is up, or until it is struck again. */
export function sounding(notes: PlayedNote[], pedals: Pedal[]): PlayedNote[] {
  const next = new Map<number, number>();
  return notes
    .toSorted((a, b) => b.startS - a.startS)
    .map((note) => {
      const again = next.get(note.pitch) ?? Infinity;
      next.set(note.pitch, note.startS);
      const pedal = pedals.find(({ startS, endS }) => startS <= note.endS && note.endS < endS);
      return pedal ? { ...note, endS: Math.max(note.endS, Math.min(pedal.endS, again)) } : note;
    })
    .reverse();
}
