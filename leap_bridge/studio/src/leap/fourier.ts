/** The spectrum of a real window of 3 x 2^k samples, two windows at once. */

export class Fourier {
  private readonly third: number;
  private readonly order: Uint32Array; // bit-reversed places of a third
  private readonly cosines: Float64Array; // of the turns of the whole
  private readonly sines: Float64Array;
  private readonly real: Float64Array;
  private readonly imaginary: Float64Array;
  private sumReal = 0;
  private sumImaginary = 0;

  constructor(private readonly size: number) {
    const third = size / 3;
    const bits = Math.log2(third);
    if (!Number.isInteger(bits)) throw new Error(`the size must be 3 x 2^k, got ${size}`);
    this.third = third;
    this.order = Uint32Array.from({ length: third }, (_, i) => {
      let reversed = 0;
      for (let bit = 0; bit < bits; bit++) reversed |= ((i >> bit) & 1) << (bits - 1 - bit);
      return reversed;
    });
    this.cosines = Float64Array.from({ length: size }, (_, i) => Math.cos((2 * Math.PI * i) / size));
    this.sines = Float64Array.from({ length: size }, (_, i) => -Math.sin((2 * Math.PI * i) / size));
    this.real = new Float64Array(size);
    this.imaginary = new Float64Array(size);
  }

  /** The magnitudes of the first bins of two windows, into `first` and `second`. */
  magnitudes(one: ArrayLike<number>, other: ArrayLike<number>, first: Float32Array, second: Float32Array): void {
    const { size, third, order, real, imaginary } = this;
    for (let part = 0; part < 3; part++) {
      for (let i = 0; i < third; i++) {
        real[part * third + i] = one[3 * order[i]! + part]!;
        imaginary[part * third + i] = other[3 * order[i]! + part]!;
      }
      this.transform(part * third);
    }
    for (let bin = 0; bin < first.length; bin++) {
      this.bin(bin);
      const { sumReal: a, sumImaginary: b } = this;
      this.bin((size - bin) % size);
      const { sumReal: c, sumImaginary: d } = this;
      first[bin] = Math.sqrt((a + c) ** 2 + (b - d) ** 2) / 2;
      second[bin] = Math.sqrt((b + d) ** 2 + (c - a) ** 2) / 2;
    }
  }

  /** One bin of the whole, from the three thirds, into `sumReal` and `sumImaginary`. */
  private bin(at: number): void {
    const { size, third, real, imaginary, cosines, sines } = this;
    let [sumReal, sumImaginary] = [real[at % third]!, imaginary[at % third]!];
    for (let part = 1; part < 3; part++) {
      const [cosine, sine] = [cosines[(part * at) % size]!, sines[(part * at) % size]!];
      const [x, y] = [real[part * third + (at % third)]!, imaginary[part * third + (at % third)]!];
      sumReal += x * cosine - y * sine;
      sumImaginary += x * sine + y * cosine;
    }
    this.sumReal = sumReal;
    this.sumImaginary = sumImaginary;
  }

  /** A third in place, by halves. */
  private transform(start: number): void {
    const { size, third, real, imaginary, cosines, sines } = this;
    for (let length = 2; length <= third; length *= 2) {
      const step = size / length;
      const half = length / 2;
      for (let begin = start; begin < start + third; begin += length) {
        for (let i = 0; i < half; i++) {
          const [a, b] = [begin + i, begin + i + half];
          const [cosine, sine] = [cosines[i * step]!, sines[i * step]!];
          const x = real[b]! * cosine - imaginary[b]! * sine;
          const y = real[b]! * sine + imaginary[b]! * cosine;
          real[b] = real[a]! - x;
          imaginary[b] = imaginary[a]! - y;
          real[a] = real[a]! + x;
          imaginary[a] = imaginary[a]! + y;
        }
      }
    }
  }
}
