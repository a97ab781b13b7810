/** The records of a file of comma-separated values with a line of names, none of them quoted. Throws on a quote. */
export function records(text: string): readonly Readonly<Record<string, string>>[] {
  if (text.includes('"')) throw new Error('a file with quotes in it is more than this reads');
  const [head = '', ...lines] = text.split(/\r?\n/).filter((line) => line !== '');
  const names = head.split(',');
  return lines.map((line) => Object.fromEntries(line.split(',').map((value, at) => [names[at] ?? '', value])));
}
