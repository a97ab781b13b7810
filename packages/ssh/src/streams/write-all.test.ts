import { Duplex } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { writeAll } from './write-all.ts';

const bytes = Buffer.from('bytes');
const closed = { code: 'unavailable', message: 'the other side has closed the connection' };
/** A stream whose other side takes nothing. */
const stuck = (): Duplex => new Duplex({ read: () => {}, write: () => {} });

describe('a write', () => {
  it('resolves once the bytes are passed on', async () => {
    const passed: Buffer[] = [];
    await writeAll(new Duplex({ read: () => {}, write: (chunk: Buffer, _encoding, done) => done(void passed.push(chunk)) }), bytes);
    expect(passed).toEqual([bytes]);
  });

  it('that waits as its stream is destroyed is told so, and those behind it', async () => {
    const stream = stuck();
    const writing = [writeAll(stream, bytes), writeAll(stream, bytes)];
    stream.destroy();
    for (const each of await Promise.allSettled(writing)) expect(each).toMatchObject({ status: 'rejected', reason: closed });
  });

  it('to a stream that was closed is refused', async () => {
    const stream = stuck();
    stream.destroy();
    await expect(writeAll(stream, bytes)).rejects.toMatchObject(closed);
  });
});
