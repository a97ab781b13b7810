/** The candidate most like `word`, for a "did you mean"; `undefined` if none is near. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  return alike(word, candidates, 1)[0];
}

/** The candidates most like `word`, the likest first; at most `most`, and none that is not near. */
export function alike(word: string, candidates: Iterable<string>, most: number): readonly string[] {
  const wanted = fold(word);
  const ranked = [...candidates]
    .map((candidate) => ({ candidate, likeness: likeness(wanted, fold(candidate)) }))
    .filter(({ likeness }) => likeness < far);
  return ranked.sort((a, b) => a.likeness - b.likeness).slice(0, most).map(({ candidate }) => candidate);
}

/** ` Did you mean "x"?`, or nothing where no candidate is near. */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  const candidate = nearest(word, candidates);
  return candidate === undefined ? '' : ` Did you mean "${candidate}"?`;
}

const far = 1_000;

/** 0 for the same word, then by letters mistyped, then a word cut short or run on; `far` where there is no likeness. */
function likeness(wanted: string, candidate: string): number {
  const distance = editDistance(wanted, candidate);
  const longer = Math.max(wanted.length, candidate.length);
  // Of two as near, the one that begins alike: people seldom mistype the first letter.
  if (distance <= Math.max(1, Math.floor(wanted.length / 3)) && distance < longer) return distance + (wanted[0] === candidate[0] ? 0 : 0.5);
  const [short, long] = wanted.length < candidate.length ? [wanted, candidate] : [candidate, wanted];
  return short.length >= 3 && long.startsWith(short) ? longer : far;
}

function fold(word: string): string {
  return word.toLowerCase().replaceAll(/[\s_.-]/g, '');
}

/** Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours, each at 1. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, beforeLast[j - 2]! + 1);
      row.push(cost);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length]!;
}
