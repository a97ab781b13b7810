import type { OutgoingHttpHeaders } from 'node:http';
import { Writable } from 'node:stream';
import { breakOff, type ClientResponse, flush, isHttp2, writeHead } from '../pass/client.ts';
import type { Head, Keeping } from './results.ts';

/** What the client is told instead of its answer. */
export interface Told {
  readonly status: number;
  /** Names and values in turn. */
  readonly headers: readonly string[];
  readonly body: string;
}

/**
 * An answer that goes to its client where it begins in time, and is kept where it does not. To whoever writes it, it is a response
 * like any other.
 */
export class TwoWays extends Writable {
  headersSent = false;
  /** Nobody but the client has a connection. */
  readonly socket = null;
  readonly #client: ClientResponse;
  readonly #keeping: Keeping;
  #way: 'open' | 'client' | 'kept' = 'open';
  #head: Head | undefined;
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #onClose = (): void => {
    if (this.#way !== 'kept') this.destroy();
  };

  constructor(client: ClientResponse, { keeping, patienceMs, told }: { readonly keeping: Keeping; readonly patienceMs: number; readonly told: Told }) {
    super();
    this.#client = client;
    this.#keeping = keeping;
    client.on('close', this.#onClose);
    const turn = (): void => {
      if (this.#way !== 'open' || this.destroyed) return;
      this.#way = 'kept';
      client.off('close', this.#onClose);
      writeHead(client, told.status, told.headers);
      client.end(told.body);
    };
    if (patienceMs > 0) this.#timer = setTimeout(turn, patienceMs);
    else turn();
  }

  get shouldKeepAlive(): boolean {
    return isHttp2(this.#client) || this.#client.shouldKeepAlive;
  }

  set shouldKeepAlive(does: boolean) {
    if (!isHttp2(this.#client)) this.#client.shouldKeepAlive = does;
  }

  /** As `ServerResponse` has it: headers are a flat list or an object, after a reason or without. */
  writeHead(status: number, ...rest: readonly (string | readonly string[] | OutgoingHttpHeaders)[]): this {
    const headers = flat(rest.findLast((one): one is readonly string[] | OutgoingHttpHeaders => typeof one !== 'string'));
    clearTimeout(this.#timer);
    // What is about the connection is for the client's own alone.
    this.#head = { status, headers: this.#way === 'kept' || isHttp2(this.#client) ? without(headers, 'connection') : headers };
    if (this.#way === 'open') {
      // Another head may follow where the client's HTTP does not take this one.
      writeHead(this.#client, status, this.#head.headers);
      this.#way = 'client';
      void this.#keeping.drop().catch(() => undefined);
    }
    this.headersSent = true;
    return this;
  }

  flushHeaders(): void {
    if (this.#way === 'client') flush(this.#client);
  }

  /** The client's body was read before, and what is kept has neither hints nor trailers. */
  writeContinue(): void {}
  writeEarlyHints(): void {}
  addTrailers(): void {}

  override _write(chunk: Buffer, _: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.#way === 'client') (this.#client as Writable).write(chunk, done);
    else this.#keeping.write(chunk).then(() => done(), done);
  }

  override _final(done: (error?: Error | null) => void): void {
    if (this.#way === 'client') this.#client.end(() => done());
    else this.#keeping.done(this.#head ?? { status: 500, headers: [] }).then(() => done(), done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    clearTimeout(this.#timer);
    this.#client.off('close', this.#onClose);
    const isWhole = this.writableFinished;
    if (this.#way === 'client' && !isWhole) breakOff(this.#client);
    const kept = this.#way === 'kept' && !isWhole ? this.#keeping.failed(error?.message ?? 'The answer broke off before it was whole.') : this.#way === 'open' ? this.#keeping.drop() : Promise.resolve();
    kept.then(() => done(error), done);
  }
}

function flat(headers: readonly string[] | OutgoingHttpHeaders | undefined): readonly string[] {
  if (headers === undefined) return [];
  if (Array.isArray(headers)) return headers as readonly string[];
  return Object.entries(headers as OutgoingHttpHeaders).flatMap(([name, value]) => (value === undefined ? [] : [value].flat().flatMap((one) => [name, String(one)])));
}

export function without(headers: readonly string[], name: string): readonly string[] {
  const kept: string[] = [];
  for (let i = 0; i < headers.length; i += 2) if (headers[i]!.toLowerCase() !== name) kept.push(headers[i]!, headers[i + 1]!);
  return kept;
}
