/** The sample rate that a sound file says it has, so that a browser decodes it without changing it. */

const MP3_RATES = [44_100, 48_000, 32_000];

/** Per second; null where the format is not one of WAV, FLAC, Ogg Vorbis, Opus and MP3, or says nothing sensible. */
export function sampleRateOf(file: ArrayBuffer): number | null {
  const view = new DataView(file);
  const rate = wav(view) ?? flac(view) ?? ogg(view) ?? mp3(view);
  return rate !== null && rate >= 3_000 && rate <= 384_000 ? rate : null;
}

function text(view: DataView, offset: number, length: number): string {
  if (offset + length > view.byteLength) return "";
  return String.fromCharCode(...new Uint8Array(view.buffer, view.byteOffset + offset, length));
}

function wav(view: DataView): number | null {
  if (text(view, 0, 4) !== "RIFF" || text(view, 8, 4) !== "WAVE") return null;
  for (let at = 12; at + 16 <= view.byteLength; at += 8 + view.getUint32(at + 4, true) + (view.getUint32(at + 4, true) % 2)) {
    if (text(view, at, 4) === "fmt ") return view.getUint32(at + 12, true);
  }
  return null;
}

function flac(view: DataView): number | null {
  if (text(view, 0, 4) !== "fLaC" || view.byteLength < 22) return null;
  return view.getUint32(18) >>> 12; // 20 bits of the first block, STREAMINFO
}

function ogg(view: DataView): number | null {
  if (text(view, 0, 4) !== "OggS" || view.byteLength < 64) return null;
  const body = 27 + view.getUint8(26); // behind the page's head and its table of segments
  if (text(view, body + 1, 6) === "vorbis") return view.getUint32(body + 12, true);
  return text(view, body, 8) === "OpusHead" ? 48_000 : null; // whatever it was made of, it decodes to that
}

function mp3(view: DataView): number | null {
  const last = Math.min(view.byteLength - 4, 1 << 16);
  for (let at = tagLength(view); at < last; at++) {
    const head = view.getUint32(at);
    const [version, layer, bits, index] = [(head >>> 19) & 3, (head >>> 17) & 3, (head >>> 12) & 15, (head >>> 10) & 3];
    if (head >>> 21 !== 0x7ff || version === 1 || layer !== 1 || bits === 0 || bits === 15 || index === 3) continue;
    return MP3_RATES[index]! / (version === 3 ? 1 : version === 2 ? 2 : 4);
  }
  return null;
}

/** The length of an ID3v2 tag in front of an MP3 file. */
function tagLength(view: DataView): number {
  if (text(view, 0, 3) !== "ID3" || view.byteLength < 10) return 0;
  return 10 + [6, 7, 8, 9].reduce((length, at) => length * 128 + (view.getUint8(at) & 127), 0);
}
