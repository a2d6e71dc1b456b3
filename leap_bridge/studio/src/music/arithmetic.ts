/** What Python and NumPy do with numbers where JavaScript does something else. */

/** Python's `round`: of two whole numbers equally near, the even one. */
export function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  const up = rest > 0.5 || (rest === 0.5 && floor % 2 !== 0);
  return floor + (up ? 1 : 0);
}

/** Python's `format(value, f".{digits}f")`, for as many digits as a number may lie exactly between (1 and 2). */
export function fixed(value: number, digits: 1 | 2): string {
  // Only quarters (and eighths) lie exactly between; `toFixed` takes the upper, Python the even one.
  const scale = 10 ** digits;
  const between = 2 ** (digits + 1) * value;
  const isTie = Number.isInteger(between) && between % 2 !== 0;
  return (isTie ? roundHalfEven(value * scale) / scale : value).toFixed(digits);
}

/** Python's `//` of numbers with fractions. */
export function floorDivide(dividend: number, divisor: number): number {
  const rest = dividend % divisor;
  let quotient = (dividend - rest) / divisor;
  if (rest !== 0 && divisor < 0 !== rest < 0) quotient -= 1;
  const floor = Math.floor(quotient);
  return floor + (quotient - floor > 0.5 ? 1 : 0);
}

/** Python's `%` of whole numbers: never negative for a positive divisor. */
export function modulo(dividend: number, divisor: number): number {
  return ((dividend % divisor) + divisor) % divisor;
}

/** The first index at which `value` could be put so that `sorted` stays sorted. */
export function bisectLeft<T>(sorted: ArrayLike<T>, value: number, key: (item: T) => number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (key(sorted[middle]!) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The last such index. */
export function bisectRight<T>(sorted: ArrayLike<T>, value: number, key: (item: T) => number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (value < key(sorted[middle]!)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** `numpy.interp`: linear between points whose `xs` rise, constant beyond them. */
export function interpolate(x: number, xs: readonly number[], ys: readonly number[]): number {
  const last = xs.length - 1;
  const at = bisectRight(xs, x, (each) => each) - 1;
  if (at < 0) return ys[0]!;
  if (at >= last || xs[at] === x) return ys[at]!;
  return ((ys[at + 1]! - ys[at]!) / (xs[at + 1]! - xs[at]!)) * (x - xs[at]!) + ys[at]!;
}

/** `numpy.sum` of float64, in its order of adding, so that not even the last bit differs. */
export function pairwiseSum(values: ArrayLike<number>, first = 0, count = values.length): number {
  if (count < 8) {
    let sum = 0;
    for (let i = first; i < first + count; i++) sum += values[i]!;
    return sum;
  }
  if (count <= 128) {
    const lanes = Array.from({ length: 8 }, (_, lane) => values[first + lane]!);
    let i = 8;
    for (; i < count - (count % 8); i += 8) {
      for (let lane = 0; lane < 8; lane++) lanes[lane] = lanes[lane]! + values[first + i + lane]!;
    }
    const [a, b, c, d, e, f, g, h] = lanes as [number, number, number, number, number, number, number, number];
    let sum = a + b + (c + d) + (e + f + (g + h));
    for (; i < count; i++) sum += values[first + i]!;
    return sum;
  }
  let half = count >> 1;
  half -= half % 8;
  return pairwiseSum(values, first, half) + pairwiseSum(values, first + half, count - half);
}
