import { NebError } from '@neb/core-types/errors';
import { byteQueue } from './queue.ts';

/** The parts of a `ws` WebSocket that the wire uses. */
export interface RawSocket {
  send(data: Uint8Array | string, options: { readonly binary: boolean }, done: (error?: Error) => void): void;
  ping(): void;
  pause(): void;
  resume(): void;
  close(code?: number, reason?: string): void;
  terminate(): void;
  on(event: 'message', listener: (data: Buffer | ArrayBuffer | Buffer[], isBinary: boolean) => void): unknown;
  on(event: 'close', listener: (code: number, reason: Buffer) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'pong', listener: () => void): unknown;
}

export type Frame = { readonly binary: true; readonly data: Uint8Array } | { readonly binary: false; readonly text: string };

/** A socket whose two ends slow each other down, and notice when the other is dead. */
export interface FrameSocket {
  /** Resolves when the bytes have left this process. Rejects once the socket is closed. */
  send(data: Uint8Array | string): Promise<void>;
  /** Ends when the peer closes. Throws `unavailable` where the connection was cut. */
  readonly frames: AsyncIterable<Frame>;
  /** Resolves when the socket is closed, for whatever reason. */
  readonly closed: Promise<void>;
  /** Says goodbye; what arrives after that is dropped. Closing twice is closing once. */
  close(code?: number): void;
}

export interface SocketOptions {
  /** Time between pings; a peer that answered none of them by the next is dead. 30,000 by default. */
  readonly pingMs?: number | undefined;
}

/** No frame is larger; larger data travels in several. */
export const maxFrameBytes = 1024 * 1024;
const pieceBytes = 64 * 1024;

/** Takes over `raw`, in the same turn in which it was opened. */
export function frameSocket(raw: RawSocket, { pingMs = 30_000 }: SocketOptions = {}): FrameSocket {
  const queue = byteQueue<Frame>({ sizeOf: (frame) => (frame.binary ? frame.data.length : frame.text.length) });
  let onClosed = (): void => undefined;
  const closed = new Promise<void>((resolve) => (onClosed = resolve));
  let state: 'open' | 'closing' | 'closed' = 'open';
  let paused = false;
  let heard = true;

  raw.on('message', (data, isBinary) => {
    heard = true;
    if (state !== 'open') return;
    const bytes = toBytes(data);
    let room = false;
    void queue.push(isBinary ? { binary: true, data: bytes } : { binary: false, text: new TextDecoder().decode(bytes) }).then(() => {
      room = true;
      if (paused) raw.resume();
      paused = false;
    });
    queueMicrotask(() => {
      if (room || paused || state !== 'open') return;
      paused = true;
      raw.pause();
    });
  });
  raw.on('pong', () => (heard = true));
  // The close that follows tells the reader.
  raw.on('error', () => undefined);
  raw.on('close', (code) => {
    const clean = state === 'closing' || code === 1000;
    state = 'closed';
    clearInterval(heartbeat);
    queue.end(clean ? undefined : cut());
    onClosed();
  });

  const heartbeat = setInterval(() => {
    // While paused we do not read, so that not even an answer can be heard.
    if (!heard && !paused) return raw.terminate();
    heard = false;
    if (state === 'open') raw.ping();
  }, pingMs);
  heartbeat.unref();

  return {
    send: (data) =>
      new Promise((resolve, reject) => {
        if (state !== 'open') return reject(cut());
        raw.send(data, { binary: typeof data !== 'string' }, (error) => (error ? reject(cut(error)) : resolve()));
      }),
    frames: queue,
    closed,
    close: (code = 1000) => {
      if (state !== 'open') return;
      state = 'closing';
      queue.end();
      raw.close(code);
      // The peer's goodbye must be read, else the socket lingers.
      raw.resume();
      setTimeout(() => raw.terminate(), goodbyeMs).unref();
    },
  };
}

const goodbyeMs = 2_000;

/** `data` in pieces that fit into frames with a channel byte. */
export function* pieces(data: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < data.length; at += pieceBytes) yield data.subarray(at, at + pieceBytes);
}

function cut(cause?: Error): NebError {
  return new NebError('unavailable', 'the connection was cut', { cause });
}

function toBytes(data: Buffer | ArrayBuffer | Buffer[]): Uint8Array {
  if (Array.isArray(data)) return Buffer.concat(data);
  return data instanceof ArrayBuffer ? new Uint8Array(data) : data;
}
