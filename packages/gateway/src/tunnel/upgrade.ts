import type { Duplex } from 'node:stream';
import type { AnswerHeaders } from '../answer/onward.ts';
import type { Problem } from '../answer/problem.ts';
import { isTcp } from '../listen/is-tcp.ts';
import type { ClientRequest, ClientResponse } from '../pass/client.ts';

/** A client that asks for a WebSocket, in whichever version of HTTP. */
export interface Upgrade {
  readonly request: ClientRequest;
  /** Its bytes both ways, as far as they are the WebSocket's. An error of it destroys it, and nothing else. */
  readonly stream: Duplex;
  /** What it sent before it was answered. */
  readonly head: Buffer;
  /** What is wrong with the way it asks, whatever it asks for. */
  readonly fault: string | undefined;
  /** Header fields that the replica gets in place of the client's own, lower case. */
  readonly asks: Readonly<Record<string, string>>;
  /** Whether the replica's answer means that client and replica speak WebSocket from here on. */
  isAgreed(status: number, headers: AnswerHeaders): boolean;
  /** Whether an answer that is no WebSocket can be told to the client without being taken for one. */
  isTellable(status: number): boolean;
  /** Tells the client that the WebSocket begins, with the replica's headers and `added` in place of any of their names. */
  agree(headers: AnswerHeaders, id: string, added?: Readonly<Record<string, string>>): void;
  /** What an answer of the replica that is no WebSocket is written to. */
  response(): ClientResponse;
  /** Answers in the gateway's own words, which ends it. */
  tell(problem: Problem, id: string): void;
}

/** Whether the header of a request or an answer says WebSocket. */
export function isWebSocket({ upgrade }: { readonly upgrade?: string | string[] | undefined }): boolean {
  return String(upgrade).toLowerCase() === 'websocket';
}

/** Ends a stream at once so that its other side knows that it did not end well. */
export function sever(stream: Duplex): void {
  if ('rstCode' in stream) (stream as unknown as { close(code: number): void }).close(cancel);
  else if (isTcp(stream)) stream.resetAndDestroy();
  else stream.destroy();
}

/** CANCEL of HTTP/2: that nobody wants the rest; of a WebSocket it is the reset of its connection, as RFC 8441 says. */
export const cancel = 8;
