import type { Agent, ClientRequest, IncomingMessage } from 'node:http';
import { request as httpRequest } from 'node:http';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { isNebError, NebError } from '@neb/core-types';
import { refused, unreachable } from '../errors.ts';

export interface EngineRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** With its parts escaped: see `path`. */
  readonly path: string;
  /** Values that are objects travel as JSON; `undefined` ones do not travel. */
  readonly query?: Readonly<Record<string, string | number | boolean | object | undefined>> | undefined;
  readonly body?: object | undefined;
  readonly upload?: AsyncIterable<Uint8Array> | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** How long the engine may take to answer; 15,000 by default. A stream's body may then take any time. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Sent extends EngineRequest {
  /** Wait for the whole reply, within the time for the answer. */
  readonly whole?: boolean | undefined;
}

export interface Exchanged {
  readonly message: IncomingMessage;
  /** Of a whole reply. */
  readonly text: string;
  /** Where the connection became a stream of its own. */
  readonly socket?: Duplex | undefined;
}

/** An idle connection turned out closed as it was taken: nothing was done. */
export class StaleConnection extends Error {}

const answerMs = 15_000;

/** One request and its answer. Rejects with the signal's reason, a NebError, or StaleConnection. */
export function send({ agent, at }: { readonly agent: Agent; readonly at: string }, sent: Sent): Promise<Exchanged> {
  const { signal, timeoutMs = answerMs, body, upload, method } = sent;
  if (signal?.aborted) return Promise.reject(signal.reason as Error);
  const json = body && JSON.stringify(body);
  const headers = { Host: 'docker', ...(json && { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(json) }), ...sent.headers };

  return new Promise((resolve, reject) => {
    const call = httpRequest({ agent, method, path: sent.path + queryOf(sent.query), headers });
    const failed = (error: Error): void => {
      quiet();
      reject(isNebError(error) ? error : isStale(call, error) ? new StaleConnection('stale', { cause: error }) : unreachable(at, error));
    };
    // Told at once: the connection's own end may come late, or never, where the link is dead.
    const give = (reason: Error): void => {
      quiet();
      reject(reason);
      call.destroy(reason);
    };
    const aborted = (): void => give(signal?.reason as Error);
    const timer = setTimeout(() => give(late(at, timeoutMs)), timeoutMs);
    const quiet = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', aborted);
    };
    signal?.addEventListener('abort', aborted, { once: true });

    call.on('error', failed);
    call.on('upgrade', (message, socket, head) => {
      quiet();
      if (head.length > 0) socket.unshift(head);
      resolve({ message, text: '', socket });
    });
    call.on('response', (message) => {
      const { statusCode = 500 } = message;
      if (statusCode < 400 && !sent.whole) {
        clearTimeout(timer);
        message.once('close', quiet);
        return resolve({ message, text: '' });
      }
      textOf(message).then((text) => {
        quiet();
        if (statusCode >= 400) reject(refused(at, statusCode, messageIn(text)));
        else resolve({ message, text });
      }, failed);
    });

    if (!upload) return void call.end(json);
    pipeline(upload, call).catch((error: unknown) => give(error as Error));
  });
}

function late(at: string, ms: number): NebError {
  return new NebError('unavailable', `the Docker Engine at ${at} did not answer within ${ms / 1000} s`);
}

function isStale(call: ClientRequest, error: NodeJS.ErrnoException): boolean {
  return call.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
}

async function textOf(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

function messageIn(text: string): string {
  const parsed = parseJson(text);
  return parsed !== null && typeof parsed === 'object' && 'message' in parsed ? String(parsed.message) : text.slice(0, 500);
}

/** `undefined` for what is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function queryOf(query: EngineRequest['query']): string {
  const pairs = Object.entries(query ?? {}).flatMap(([name, value]) =>
    (value === undefined ? [] : [[name, typeof value === 'object' ? JSON.stringify(value) : String(value)] as [string, string]]));
  return pairs.length > 0 ? `?${new URLSearchParams(pairs).toString()}` : '';
}
