/** What LEAP hears, hop by hop. Follows leap_models/families/leap/conditioner.py. */

import type { TempoMap } from "../music/tempo";
import type { Networks } from "./networks";

export const FEATURE_RATE = 50; // feature frames a second
export const STRETCH_FRAMES = 256; // of features: one hop of 5.12 s
export const STRETCH_S = STRETCH_FRAMES / FEATURE_RATE;
const [NMP_RATE, NMP_HOP] = [22_050, 256]; // of the note network
const NMP_FRAMES = 441; // of the note network in one hop, exactly
const MARGIN_FRAMES = 30; // of the note network, heard again before a stretch so that its first frames have a past
export const MARGIN_S = (MARGIN_FRAMES * NMP_HOP) / NMP_RATE;
export const WIDTH = 3 * 88 + 1; // notes, onsets, melody, onset strength
export const BEAT_WIDTH = 9;

/**
 * Features of the last 5.12 s of `samples` at the model's rate, 256 frames of WIDTH.
 *
 * `marginS`: what comes before them and is only context; 0 at the beginning of a song, else MARGIN_S.
 */
export async function listen(networks: Networks, samples: Float32Array, marginS: number): Promise<Float32Array> {
  const margin = Math.round((marginS * NMP_RATE) / NMP_HOP);
  const { frames } = await networks.run("conditioner", { samples: { shape: [1, samples.length], data: samples } });
  return onGrid(frames!.data.subarray(margin * WIDTH, (margin + NMP_FRAMES) * WIDTH));
}

/** Frames at the network's rate to 50 a second, linear between frames. */
function onGrid(frames: Float32Array): Float32Array {
  const found = new Float32Array(STRETCH_FRAMES * WIDTH);
  for (let i = 0; i < STRETCH_FRAMES; i++) {
    const place = i * (NMP_FRAMES / STRETCH_FRAMES);
    const before = Math.floor(place);
    const after = Math.min(before + 1, NMP_FRAMES - 1);
    const share = place - before;
    for (let j = 0; j < WIDTH; j++) {
      found[i * WIDTH + j] = frames[before * WIDTH + j]! * (1 - share) + frames[after * WIDTH + j]! * share;
    }
  }
  return found;
}

/** Where each frame lies in its beat and bar: BEAT_WIDTH numbers a frame. */
export function beatFeatures(tempo: TempoMap, startS: number, frames: number): Float32Array {
  const found = new Float32Array(frames * BEAT_WIDTH);
  const seconds = Float64Array.from({ length: frames }, (_, i) => startS + i / FEATURE_RATE);
  tempo.beatsAt(seconds).forEach((beat, i) => {
    const turns = [beat, 2 * beat, 4 * beat, (beat - tempo.downbeat) / tempo.beatsPerBar];
    turns.forEach((turn, j) => {
      found[i * BEAT_WIDTH + j] = Math.sin(2 * Math.PI * turn);
      found[i * BEAT_WIDTH + turns.length + j] = Math.cos(2 * Math.PI * turn);
    });
    found[i * BEAT_WIDTH + BEAT_WIDTH - 1] = 1;
  });
  return found;
}
