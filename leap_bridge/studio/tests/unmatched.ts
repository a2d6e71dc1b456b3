/** How many of each side have none like them on the other; each is like one at most. */
export function unmatched<Made, Wanted>(made: readonly Made[], wanted: readonly Wanted[], alike: (a: Made, b: Wanted) => boolean): number {
  const left = [...wanted];
  const alone = made.filter((each) => {
    const at = left.findIndex((other) => alike(each, other));
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
  return alone.length + left.length;
}
