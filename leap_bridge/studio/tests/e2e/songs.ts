/** Songs for tests, made here: a melody over chords, as the bytes of a WAV file. */

const RATE = 22_050;
const BEAT_S = 0.5;
const CHORDS = [[48, 52, 55], [57, 60, 64], [53, 57, 60], [55, 59, 62]];

export function song(seconds: number): Buffer {
  const samples = new Float32Array(Math.round(seconds * RATE));
  for (let beat = 0; beat * BEAT_S < seconds; beat++) {
    const chord = CHORDS[Math.floor(beat / 4) % 4]!;
    pluck(samples, beat * BEAT_S, 12 + chord[(beat * 2) % 3]!, 0.25);
    if (beat % 2 === 0) for (const pitch of chord) pluck(samples, beat * BEAT_S, pitch, 0.12);
  }
  return wav(samples);
}

function pluck(samples: Float32Array, atS: number, pitch: number, loud: number): void {
  const hz = 440 * 2 ** ((pitch - 69) / 12);
  const from = Math.round(atS * RATE);
  for (let i = 0; i < 0.9 * RATE && from + i < samples.length; i++) {
    const t = i / RATE;
    for (let partial = 1; partial <= 4; partial++) {
      samples[from + i]! += (loud / partial) * Math.exp(-3 * partial * t) * Math.sin(2 * Math.PI * hz * partial * t);
    }
  }
}

function wav(samples: Float32Array): Buffer {
  const file = Buffer.alloc(44 + 2 * samples.length);
  file.write("RIFF", 0);
  file.writeUInt32LE(file.length - 8, 4);
  file.write("WAVEfmt ", 8);
  [[16, 4, 16], [1, 2, 20], [1, 2, 22], [RATE, 4, 24], [2 * RATE, 4, 28], [2, 2, 32], [16, 2, 34]].forEach(([value, bytes, at]) => file.writeUIntLE(value!, at!, bytes!));
  file.write("data", 36);
  file.writeUInt32LE(2 * samples.length, 40);
  samples.forEach((sample, i) => file.writeInt16LE(Math.round(32_000 * Math.max(-1, Math.min(1, sample))), 44 + 2 * i));
  return file;
}
