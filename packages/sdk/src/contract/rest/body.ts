import type { IncomingMessage } from 'node:http';
import { NebError } from '@neb/core-types';

/** The JSON of a request; `{}` where there is none. Throws `invalid`, without quoting what was sent: it may be a secret. */
export async function readJsonBody(request: IncomingMessage, maxBytes: number): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new NebError('invalid', `the request is larger than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  if (bytes === 0) return {};
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown;
  } catch {
    throw new NebError('invalid', 'the request is not valid JSON');
  }
}
