/** `1.10.0` is above `1.9.3`. Both are three numbers; anything else reads as not above. */
export function isAbove(needed: string, ours: string): boolean {
  const left = needed.split(".").map(Number);
  const right = ours.split(".").map(Number);
  for (let index = 0; index < 3; index++) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return false;
}
