/** A file in, a song that can be arranged and played out. */

import { ArrangeError, type Song } from "../arranger";
import { clockTime } from "./clock_time";
import { sampleRateOf } from "./sample_rate";
import type { SongFile } from "./takes";

const USUAL_RATE = 44_100;
const SHORTEST_S = 0.5;
const LONGEST_S = 30 * 60; // more does not fit into the memory of a page, decoded

export interface OpenSong extends Song {
  kept: SongFile;
  /** All channels, for playing. */
  buffer: AudioBuffer;
}

let count = 0;

/** Decode a file. Rejects with an ArrangeError where the browser cannot, or where it is too short or too long. */
export async function openSong(file: Blob, name: string, recorded = false): Promise<OpenSong> {
  const buffer = await decode(file, name);
  const durationS = buffer.duration;
  if (durationS < SHORTEST_S || durationS > LONGEST_S) {
    const given = durationS < SHORTEST_S ? `${durationS.toFixed(2)} s` : clockTime(durationS);
    throw new ArrangeError("bad_parameter", `A song must last from ${SHORTEST_S} s to ${LONGEST_S / 60} min, “${name}” lasts ${given}.`);
  }
  return opened(buffer, { id: ++count, name, file, durationS, recorded });
}

/** Open again a song that was open before. */
export async function reopen(kept: SongFile): Promise<OpenSong> {
  return opened(await decode(kept.file, kept.name), kept);
}

async function decode(file: Blob, name: string): Promise<AudioBuffer> {
  if (file.size === 0) throw new ArrangeError("unreadable_audio", `“${name}” is empty. Give a WAV, FLAC, MP3, Ogg, Opus or M4A file.`);
  try {
    const bytes = await file.arrayBuffer();
    const context = new OfflineAudioContext(1, 1, sampleRateOf(bytes) ?? USUAL_RATE);
    return await context.decodeAudioData(bytes);
  } catch (error) {
    const line = `“${name}” holds no sound that this browser can read. Give a WAV, FLAC, MP3, Ogg, Opus or M4A file.`;
    throw new ArrangeError("unreadable_audio", line, { cause: error });
  }
}

function opened(buffer: AudioBuffer, kept: SongFile): OpenSong {
  return { kept, buffer, name: kept.name, file: kept.file, samples: mono(buffer), sampleRate: buffer.sampleRate };
}

/** The mean of all channels. */
function mono(buffer: AudioBuffer): Float32Array {
  const mean = buffer.getChannelData(0).slice();
  for (let channel = 1; channel < buffer.numberOfChannels; channel++) {
    const samples = buffer.getChannelData(channel);
    for (let i = 0; i < mean.length; i++) mean[i]! += samples[i]!;
  }
  if (buffer.numberOfChannels > 1) for (let i = 0; i < mean.length; i++) mean[i]! /= buffer.numberOfChannels;
  return mean;
}
