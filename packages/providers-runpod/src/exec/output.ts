import { PassThrough, type Readable } from 'node:stream';
import type { ExecOutput } from '@neb/core-types';
import type { ClientChannel } from 'ssh2';

/** How many pieces of output, of at most 32 KiB each, wait for their reader before the command has to. */
const readAhead = 32;

/** What comes on both streams, in the order in which it comes. Throws what `trouble` tells once nothing more does. */
export function outputOf(channel: ClientChannel, trouble: () => Error | undefined): AsyncIterable<ExecOutput> {
  const merged = new PassThrough({ objectMode: true, highWaterMark: readAhead });
  merged.on('error', () => {}); // Told to whoever reads.
  let open = 2;
  const feed = (from: Readable, stream: ExecOutput['stream']): void => {
    from.on('data', (data: Buffer) => {
      if (merged.write({ stream, data } satisfies ExecOutput)) return;
      from.pause();
      merged.once('drain', () => from.resume());
    });
    from.once('end', () => {
      open -= 1;
      if (open === 0) over();
    });
  };
  const over = (): void => void (merged.writableEnded || merged.end());
  feed(channel, 'stdout');
  feed(channel.stderr, 'stderr');
  channel.once('close', () => {
    const error = trouble();
    if (error) merged.destroy(error);
    else over();
  });
  return merged as AsyncIterable<ExecOutput>;
}
