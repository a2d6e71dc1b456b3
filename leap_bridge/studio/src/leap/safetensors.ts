/** Reads files of named arrays. See https://github.com/huggingface/safetensors for the format. */

export interface Tensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

export type Tensors = ReadonlyMap<string, Tensor>;

interface Entry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

/** The arrays of a file, whether it holds numbers of 16 or of 32 bits. */
export function readTensors(file: ArrayBuffer): Tensors {
  const view = new DataView(file);
  const length = Number(view.getBigUint64(0, true));
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(file, 8, length))) as Record<string, Entry>;
  const found = new Map<string, Tensor>();
  for (const [name, { dtype, shape, data_offsets: [start, end] }] of Object.entries(head)) {
    if (name === "__metadata__") continue;
    const at = 8 + length + start;
    const size = dtype === "F16" ? 2 : 4;
    if (dtype !== "F16" && dtype !== "F32") throw new Error(`${name} holds ${dtype}, F16 or F32 was expected`);
    const read = size === 2 ? (i: number) => half(view.getUint16(at + 2 * i, true)) : (i: number) => view.getFloat32(at + 4 * i, true);
    found.set(name, { shape, values: Float32Array.from({ length: (end - start) / size }, (_, i) => read(i)) });
  }
  return found;
}

/** The number that 16 bits stand for. */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
