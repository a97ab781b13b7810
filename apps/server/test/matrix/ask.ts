import { isNebError, NebError } from '@neb/core-types';
import { createNeb } from '@neb/sdk';
import { httpStatus } from '@neb/sdk/contract';
import type { Request, SocketRequest } from './requests.ts';

/** What came back. */
export interface Reply {
  /** As HTTP has it; of a stream that began and then failed, that of its failure. */
  readonly status: number;
  readonly text: string;
}

const deadlineMs = 20_000;

/** How long a stream is listened to. */
export interface Ear {
  /** What there is to hear; heard, it ends. */
  readonly for: string;
  /** Whether it has to come: a stream that has nothing to say is left after a second. */
  readonly expected: boolean;
}

/** Sends it as the holder of `token` would. */
export async function ask(url: string, token: string | undefined, request: Request | SocketRequest, ear: Ear): Promise<Reply> {
  if ('socket' in request) return await open(url, token, request);
  const { method, path, body, streams = false } = request;
  const isBytes = body instanceof Uint8Array;
  const headers = { ...(token !== undefined && { authorization: `Bearer ${token}` }), ...(body !== undefined && { 'content-type': isBytes ? 'application/x-tar' : 'application/json' }) };
  const response = await fetch(`${url}${path}`, { method, headers, signal: AbortSignal.timeout(deadlineMs), ...(body !== undefined && { body: isBytes ? body : JSON.stringify(body) }) });
  if (!streams || !response.ok) return { status: response.status, text: await response.text() };
  const text = await hear(response, ear);
  const failed = /event: serialized-error\ndata: (.*)/.exec(text)?.[1];
  const code = failed === undefined ? undefined : /"neb":\{"code":"(\w+)"/.exec(failed)?.[1] ?? 'internal';
  return { status: code === undefined ? response.status : httpStatus(new NebError(code as NebError['code'], '')), text };
}

async function hear(response: Response, ear: Ear): Promise<string> {
  let text = '';
  const enough = (): boolean => text.includes(ear.for) || text.includes('event: serialized-error');
  const reader = response.body!.getReader();
  const stop = setTimeout(() => void reader.cancel(), ear.expected ? deadlineMs : 1_000);
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    text += Buffer.from(next.value).toString();
    if (enough()) void reader.cancel();
  }
  clearTimeout(stop);
  return text;
}

/** Opens it and closes it again. */
async function open(url: string, token: string | undefined, { socket, ref }: SocketRequest): Promise<Reply> {
  const { containers } = createNeb({ url, token, retry: false });
  try {
    if (socket === 'exec') await (await containers.exec(ref, { command: ['true'] }))[Symbol.asyncDispose]();
    else await (await containers.dial(ref, 80))[Symbol.asyncDispose]();
    return { status: 200, text: '' };
  } catch (error) {
    if (!isNebError(error)) throw error;
    return { status: httpStatus(error), text: error.message };
  }
}
