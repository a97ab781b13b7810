import type { ReadStream, WriteStream } from 'node:tty';
import type { Clock } from '@neb/core-types';
import type { Environment } from './config.ts';

/** What a command stands in; `main.ts` makes it of this process. */
export interface World {
  readonly env: Environment;
  readonly folder: string;
  readonly clock: Clock;
  readonly stdin: NodeJS.ReadableStream & Partial<Pick<ReadStream, 'isTTY' | 'setRawMode'>>;
  readonly stdout: NodeJS.WritableStream & Partial<Pick<WriteStream, 'isTTY' | 'columns' | 'rows'>>;
  readonly stderr: NodeJS.WritableStream & Partial<Pick<WriteStream, 'isTTY' | 'columns' | 'rows'>>;
  /** Aborts at the first Ctrl-C. */
  readonly interrupted: AbortSignal;
}
