import { expect, test } from "vitest";

import { sampleRateOf } from "../../src/page/sample_rate";
import { song } from "../e2e/songs";

function bytes(...parts: (string | number[])[]): ArrayBuffer {
  const all = parts.flatMap((part) => (typeof part === "string" ? [...part].map((letter) => letter.charCodeAt(0)) : part));
  return new Uint8Array([...all, ...new Array<number>(80).fill(0)]).buffer;
}

test("a WAV file says its rate", () => {
  const wav = song(0.1);
  expect(sampleRateOf(new Uint8Array(wav).buffer)).toBe(22_050);
});

test("a FLAC file says its rate in 20 bits", () => {
  expect(sampleRateOf(bytes("fLaC", [0, 0, 0, 34], [16, 0, 16, 0, 0, 0, 0, 0, 0, 0], [0x0b, 0xb8, 0x02]))).toBe(48_000);
});

test("an Ogg Vorbis file says its rate behind the page's head", () => {
  expect(sampleRateOf(bytes("OggS", new Array<number>(22).fill(0), [1, 30], [1], "vorbis", [0, 0, 0, 0], [2], [0x44, 0xac, 0, 0]))).toBe(44_100);
});

test("Opus always decodes to 48 kHz", () => {
  expect(sampleRateOf(bytes("OggS", new Array<number>(22).fill(0), [1, 19], "OpusHead"))).toBe(48_000);
});

test.each([[[0xff, 0xfb, 0x90, 0], 44_100], [[0xff, 0xfb, 0x94, 0], 48_000], [[0xff, 0xf3, 0x90, 0], 22_050]])(
  "the first frame of an MP3 file, %j, says %i", (head, rate) => expect(sampleRateOf(bytes(head))).toBe(rate),
);

test("the tag in front of an MP3 file is passed over", () => {
  expect(sampleRateOf(bytes("ID3", [4, 0, 0, 0, 0, 0, 4], [0xff, 0xfb, 0x94, 0], [0xff, 0xfb, 0x90, 0]))).toBe(44_100);
});

test("of a file that is something else nothing is said", () => {
  expect(sampleRateOf(bytes("hello"))).toBeNull();
});
