import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';

/** One request, and where it goes. */
export interface Asked {
  readonly target: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Whole, or as it comes. */
  readonly body?: Uint8Array | NodeJS.ReadableStream | undefined;
}

/** Sends a request, which `signal` ends at any time, and resolves as soon as the head of its answer is there. */
export async function requested(asked: Asked, signal: AbortSignal): Promise<IncomingMessage> {
  const call = outgoing(asked, { signal });
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    call.once('response', (answer) => {
      // Whoever reads the answer hears of what happens to it from then on.
      call.on('error', (error) => void answer.destroy(error));
      resolve(answer);
    }).once('error', reject);
  });
  if (asked.body === undefined || asked.body instanceof Uint8Array) call.end(asked.body);
  else asked.body.once('error', (error) => void call.destroy(error)).pipe(call);
  return await answered;
}

/** A request whose body is not sent yet. */
export function outgoing({ target, method, headers }: Asked, options: RequestOptions): ClientRequest {
  // Not by `import`, which reads all that the module exports: of node:http that loads undici, and takes ten times as long.
  const { request } = process.getBuiltinModule(target.protocol === 'https:' ? 'node:https' : 'node:http');
  const given = Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined));
  return request(target, { method, headers: given as RequestOptions['headers'], ...options });
}
