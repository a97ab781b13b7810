/** A line of a comparison: in both, only before, or only after. */
interface Line {
  readonly sign: ' ' | '-' | '+';
  readonly text: string;
}

const context = 3;

/** A unified diff of two texts without its file names; empty where they are the same. */
export function unifiedDiff(before: string, after: string): readonly string[] {
  const lines = compared(linesOf(before), linesOf(after));
  const changed = lines.flatMap((line, at) => (line.sign === ' ' ? [] : [at]));
  const hunks: { from: number; to: number }[] = [];
  for (const at of changed) {
    const last = hunks.at(-1);
    if (last && at - context <= last.to) last.to = at + context + 1;
    else hunks.push({ from: Math.max(0, at - context), to: at + context + 1 });
  }
  return hunks.flatMap(({ from, to }) => {
    const shown = lines.slice(from, to);
    return [header(lines.slice(0, from), shown), ...shown.map(({ sign, text }) => sign + text)];
  });
}

function header(above: readonly Line[], shown: readonly Line[]): string {
  const count = (lines: readonly Line[], sign: '-' | '+'): number => lines.filter((line) => line.sign !== (sign === '-' ? '+' : '-')).length;
  const range = (sign: '-' | '+'): string => {
    const size = count(shown, sign);
    const start = count(above, sign) + (size === 0 ? 0 : 1);
    return `${sign}${start}${size === 1 ? '' : `,${size}`}`;
  };
  return `@@ ${range('-')} ${range('+')} @@`;
}

function linesOf(text: string): readonly string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n');
}

/** The longest common subsequence; manifests are short enough for a table of all pairs. */
function compared(a: readonly string[], b: readonly string[]): readonly Line[] {
  const length: number[][] = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) length[i]![j] = a[i] === b[j] ? length[i + 1]![j + 1]! + 1 : Math.max(length[i + 1]![j]!, length[i]![j + 1]!);
  }
  const lines: Line[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push({ sign: ' ', text: a[i]! });
      i++;
      j++;
    } else if (j >= b.length || (i < a.length && length[i + 1]![j]! >= length[i]![j + 1]!)) lines.push({ sign: '-', text: a[i++]! });
    else lines.push({ sign: '+', text: b[j++]! });
  }
  return lines;
}
