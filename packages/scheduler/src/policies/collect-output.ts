import type { ExecOutput } from '@neb/core-types';

const mostBytes = 65_536;

/** What a command wrote to its standard output, as text; the rest of what is too long is left out. */
export async function collectOutput(output: AsyncIterable<ExecOutput>): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const { stream, data } of output) {
    if (stream !== 'stdout' || bytes > mostBytes) continue;
    pieces.push(data);
    bytes += data.length;
  }
  return Buffer.concat(pieces).toString('utf8');
}
