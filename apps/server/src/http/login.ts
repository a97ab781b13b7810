import type { IncomingMessage, ServerResponse } from 'node:http';
import { NebError } from '@neb/core-types';
import type { LoginDoor } from '@neb/identity/login';

/** Answers a request to /auth; false where there is nothing at its path. */
export type Login = (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;

const mostBytes = 16 * 1_024;

/** The login's pages and calls over HTTP. `publicUrl` is how people reach the server; what the request says if absent. */
export function login(door: LoginDoor, publicUrl: string | undefined): Login {
  return async (request, response) => {
    const { method = 'GET', headers, socket } = request;
    const url = new URL(request.url ?? '/', publicUrl ?? `http://${headers.host ?? 'localhost'}`);
    const form = new URLSearchParams(method === 'POST' ? await bodyOf(request) : '');
    const reply = await door({ method, url, form, headers, address: socket.remoteAddress ?? '' });
    if (!reply) return false;
    for (const [name, value] of Object.entries(reply.headers)) response.setHeader(name, value);
    response.writeHead(reply.status).end(reply.body);
    return true;
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > mostBytes) throw new NebError('invalid', `the form is larger than ${mostBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
