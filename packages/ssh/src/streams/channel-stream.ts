import { Duplex } from 'node:stream';
import type { ClientChannel } from 'ssh2';
import { writePaced } from './paced-write.ts';

/**
 * An SSH channel as a stream that Node's HTTP client takes for a socket. Unlike the channel itself, it ends at once
 * when destroyed, even if the connection is dead and the other side will never agree.
 */
export function channelStream(channel: ClientChannel): Duplex {
  let pending: ((error?: Error | null) => void) | undefined;
  const written = (error?: Error | null): void => {
    const done = pending;
    pending = undefined;
    done?.(error);
  };
  const stream = new Duplex({
    allowHalfOpen: true,
    read: () => void channel.resume(),
    write(chunk: Buffer, _encoding, done) {
      pending = done;
      writePaced(channel, chunk, written);
    },
    final: (done) => {
      channel.end();
      done();
    },
    destroy(error, done) {
      channel.close();
      // What is left of it would keep it from its end.
      channel.resume();
      // ssh2 forgets a write that waits for its window as the channel closes.
      written(error ?? new Error('the connection was closed'));
      done(error);
    },
  });
  let ended = false;
  channel.on('data', (chunk: Buffer) => {
    if (ended || stream.destroyed) return;
    if (!stream.push(chunk)) channel.pause();
  });
  channel.stderr.resume();
  const end = (): void => {
    if (!ended) stream.push(null);
    ended = true;
  };
  channel.on('end', end);
  channel.on('error', (error: Error) => stream.destroy(error));
  channel.on('close', () => {
    end();
    // The other side is gone: whoever still writes learns it as soon as all that came has been read.
    if (stream.readableEnded) stream.destroy();
    else stream.once('end', () => stream.destroy());
  });
  return Object.assign(stream, socketManners);
}

const same = function (this: Duplex): Duplex {
  return this;
};

/** What the HTTP client also calls on a socket. The SSH connection has its own keep-alive. */
const socketManners = { setKeepAlive: same, setNoDelay: same, setTimeout: same, ref: same, unref: same };
