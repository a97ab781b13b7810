import type { Readable, Writable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { type AnswerHeaders, answerHeaders } from '../answer/onward.ts';
import type { Member } from '../balance/member.ts';
import { breakOff, type ClientResponse, flush, isHttp2, takesHints, writeHead } from './client.ts';
import type { Watcher } from './watcher.ts';

/** One request as it is sent to a replica. */
export interface Onward {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  /** Names and values in turn. */
  readonly headers: string[];
  readonly body: Readable | Buffer | undefined;
}

/** How one try ended. Only before `answered` may another one be made. */
export type Ended =
  | { readonly kind: 'done'; readonly status: number; readonly complete: boolean; readonly bytesOut: number }
  /** No connection came about: nothing was sent. */
  | { readonly kind: 'unsent'; readonly error: Error }
  /** It was sent, and no answer began. */
  | { readonly kind: 'silent'; readonly error: Error }
  /** The answer cannot be told to this client. */
  | { readonly kind: 'unfit'; readonly error: Error }
  /** The answer did not begin in time. */
  | { readonly kind: 'late' }
  /** The client left. */
  | { readonly kind: 'left' };

export interface ExchangeOptions {
  readonly response: ClientResponse;
  readonly member: Member;
  readonly watch: Watcher | undefined;
  /** Milliseconds until the answer must have begun. */
  readonly deadlineMs: number | undefined;
  /** The replica took the connection. */
  readonly onSent: () => void;
  readonly onAnswer: (status: number) => void;
  /** Headers that the answer gets. */
  readonly answer: Readonly<Record<string, string>> | undefined;
  /** Whether the connection shall end with this answer. */
  readonly closing: () => boolean;
}

/** Sends a request to one replica, and its answer to the client as it comes. Resolves when either is over; never rejects. */
export function exchange(request: Onward, options: ExchangeOptions): Promise<Ended> {
  const { response, member, watch, deadlineMs, onSent, onAnswer } = options;
  return new Promise((resolve) => {
    let controller: Dispatcher.DispatchController | undefined;
    let status = 0;
    /** Its status says that no body follows, whatever the replica sends. */
    let isEmpty = false;
    let bytesOut = 0;
    let over = false;
    /** All of the answer is on its way to the client. */
    let isWhole = false;
    /** Headers are ready and not yet sent: they go with the first piece of the body. */
    let headersWait = false;
    /** The first piece of a body that may be all of it: it then goes out with the headers in one write, which is a third cheaper. */
    let first: Buffer | undefined;
    let timer: NodeJS.Timeout | undefined;
    /** The client once took less than there was. */
    let isSlow = false;

    const end = (how: Ended): void => {
      if (over) return;
      over = true;
      if (timer !== undefined) clearTimeout(timer);
      response.off('close', onClose);
      if (isSlow) response.off('drain', onDrain);
      resolve(how);
    };
    const abort = (how: Ended): void => {
      if (over) return;
      end(how);
      // A request that still waits for its connection is taken back once it has one.
      controller?.abort(new Error('given up'));
    };
    const onClose = (): void => {
      if (isWhole) end({ kind: 'done', status, complete: response.writableFinished, bytesOut });
      else abort(status === 0 ? { kind: 'left' } : { kind: 'done', status, complete: false, bytesOut });
    };
    const onDrain = (): void => controller?.resume();
    const finished = (): void => end({ kind: 'done', status, complete: true, bytesOut });

    response.on('close', onClose);
    if (deadlineMs !== undefined) timer = setTimeout(() => status === 0 && abort({ kind: 'late' }), Math.max(0, deadlineMs));

    const write = (chunk: Buffer): void => {
      if ((response as Writable).write(chunk)) return;
      if (!isSlow) response.on('drain', onDrain);
      isSlow = true;
      controller?.pause();
    };
    const handler: Dispatcher.DispatchHandler = {
      onRequestStart(started) {
        controller = started;
        if (over) return started.abort(new Error('given up'));
        onSent();
      },
      onResponseStart(_, code, headers) {
        if (over) return;
        if (code < 200) return inform(response, code, headers);
        if (timer !== undefined) clearTimeout(timer);
        isEmpty = code === 204 || code === 205 || code === 304;
        // A length of what must not come would be waited for; that of 304 is of what there would have been.
        const onward = answerHeaders(isEmpty && code !== 304 ? { ...headers, 'content-length': undefined } : headers, request.id, options.answer);
        if (options.closing() && !isHttp2(response)) onward.push('connection', 'close');
        try {
          writeHead(response, code, onward);
        } catch (error) {
          // HTTP/2 takes fewer statuses, and fewer headers twice, than HTTP/1.1.
          return abort({ kind: 'unfit', error: error as Error });
        }
        status = code;
        onAnswer(code);
        watch?.answer(code, headers);
        headersWait = true;
        process.nextTick(() => {
          if (!headersWait || over) return;
          headersWait = false;
          if (first === undefined) flush(response);
          else write(first);
        });
      },
      onResponseData(_, chunk) {
        if (over || isEmpty) return;
        bytesOut += chunk.length;
        watch?.data?.(chunk);
        if (headersWait && first === undefined && chunk.length <= oneWriteBytes && !isHttp2(response)) {
          first = chunk;
          return;
        }
        if (headersWait && first !== undefined) write(first);
        headersWait = false;
        write(chunk);
      },
      onResponseEnd(_, trailers) {
        if (over) return;
        const all = headersWait ? first : undefined;
        headersWait = false;
        if (trailers && Object.keys(trailers).length > 0) response.addTrailers(plain(trailers));
        isWhole = true;
        if (all === undefined) response.end(finished);
        else response.end(all.toString('latin1'), 'latin1', finished);
      },
      onResponseError(_, error) {
        if (over) return;
        // undici misses the body whose length a replica tells with an answer that has none.
        if (isEmpty && (error as NodeJS.ErrnoException).code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH') {
          headersWait = false;
          isWhole = true;
          response.end(finished);
          return;
        }
        if (status !== 0) {
          end({ kind: 'done', status, complete: false, bytesOut });
          breakOff(response);
          return;
        }
        end(controller === undefined ? { kind: 'unsent', error } : { kind: 'silent', error });
      },
    };
    try {
      member.pool.dispatch({ method: request.method, path: request.path, headers: request.headers, body: request.body ?? null }, handler);
    } catch (error) {
      end({ kind: 'unsent', error: error as Error });
    }
  });
}

/** Larger pieces cost more to put together than a second write does. */
const oneWriteBytes = 16_384;

/** Early hints are passed on; what else comes before an answer is for the connection alone. */
function inform(response: ClientResponse, code: number, headers: AnswerHeaders): void {
  if (code !== 103 || headers['link'] === undefined || response.headersSent || !takesHints(response)) return;
  try {
    response.writeEarlyHints({ link: headers['link'] });
  } catch {
    // One that is none is left out: the answer does without.
  }
}

function plain(trailers: AnswerHeaders): Record<string, string> {
  return Object.fromEntries(Object.entries(trailers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]));
}
