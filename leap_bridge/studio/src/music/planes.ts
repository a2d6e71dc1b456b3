/** Planes of rows, one row after the other: what NumPy's slicing and concatenating of the last axis are in Python. */

/** The entries from `first` up to, without, `end` of every row. */
export function columns(plane: Float32Array, rows: number, first: number, end: number): Float32Array {
  const width = plane.length / rows;
  const cut = new Float32Array(rows * (end - first));
  for (let row = 0; row < rows; row++) {
    cut.set(plane.subarray(row * width + first, row * width + end), row * (end - first));
  }
  return cut;
}

/** Every row of `a` followed by the same row of `b`. */
export function joinedColumns(a: Float32Array, b: Float32Array, rows: number): Float32Array {
  const joined = new Float32Array(a.length + b.length);
  const [before, after] = [a.length / rows, b.length / rows];
  for (let row = 0; row < rows; row++) {
    joined.set(a.subarray(row * before, (row + 1) * before), row * (before + after));
    joined.set(b.subarray(row * after, (row + 1) * after), row * (before + after) + before);
  }
  return joined;
}
