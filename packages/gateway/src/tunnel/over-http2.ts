import { createHash, randomBytes } from 'node:crypto';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import { type AnswerHeaders, answerHeaders } from '../answer/onward.ts';
import { problemAnswer } from '../answer/problem.ts';
import { endWhenStalled } from '../listen/stalled.ts';
import { flush, writeHead } from '../pass/client.ts';
import { isWebSocket, type Upgrade } from './upgrade.ts';

/** A WebSocket as RFC 8441 begins it: a stream of the connection becomes one. To its replica it is one of RFC 6455, whose key is the gateway's. */
export function overHttp2(request: Http2ServerRequest, response: Http2ServerResponse, stallMs: number): Upgrade {
  const { stream, headers } = request;
  const key = randomBytes(16).toString('base64');
  const hasBody = stream.endAfterHeaders || headers['content-length'] !== undefined;
  return {
    request, stream, head: Buffer.alloc(0),
    fault: hasBody ? 'A WebSocket begins with a stream that stays open, and without a body.' : undefined,
    asks: { 'sec-websocket-key': key },
    isAgreed: (status, answered) => status === 101 && isWebSocket(answered) && answered['sec-websocket-accept'] === acceptOf(key),
    // 200 is what begins a WebSocket here.
    isTellable: (status) => status >= 300,
    agree(answered, id, added) {
      writeHead(response, 200, answerHeaders(without(answered, ofHttp1), id, added));
      flush(response);
    },
    response() {
      endWhenStalled(request, response, stallMs);
      return response;
    },
    tell(problem, id) {
      if (response.headersSent || stream.destroyed) return;
      const { body, headers: told } = problemAnswer(problem, id);
      endWhenStalled(request, response, stallMs);
      response.writeHead(problem.status, told);
      response.end(body);
    },
  };
}

/** What says nothing where a stream is the WebSocket, or would say that it is none. */
const ofHttp1: ReadonlySet<string> = new Set(['sec-websocket-accept', 'content-length', 'trailer']);

/** RFC 6455 4.2.2: that the replica read the key, and means this WebSocket. */
function acceptOf(key: string): string {
  return createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
}

function without(headers: AnswerHeaders, names: ReadonlySet<string>): AnswerHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !names.has(name)));
}
