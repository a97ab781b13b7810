import { unlessAborted } from '@neb/core-types';
import { streamHeaders, streamLog } from './log-stream.ts';
import { reply, type Responder } from './reply.ts';

/** A `fetch` that reaches the API without a socket: nothing waits on real time, so that thousands of seeds can be run and repeated. */
export function inProcess(responder: Responder): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const { method, url, headers, signal } = request;
    signal.throwIfAborted();
    const { pathname, search } = new URL(url);
    const back = await unlessAborted(reply(responder, { method, path: `${pathname}${search}`, headers: Object.fromEntries(headers), text: await request.text() }), signal);
    switch (back.kind) {
      case 'cut': throw new TypeError('fetch failed', { cause: Object.assign(new Error('other side closed'), { code: 'ECONNRESET' }) });
      case 'whole': return new Response(back.body ?? null, { status: back.status, headers: { ...back.headers, Date: new Date(responder.clock.now()).toUTCString() } });
      case 'stream': {
        let silence = (): void => {};
        const body = new ReadableStream<Uint8Array>({
          start(controller) {
            const encoder = new TextEncoder();
            silence = streamLog(back.pod, back.asked, { send: (text) => controller.enqueue(encoder.encode(text)), end: () => controller.close() });
            signal.addEventListener('abort', () => {
              silence();
              controller.error(signal.reason);
            }, { once: true });
          },
          cancel: () => silence(),
        });
        return new Response(body, { headers: streamHeaders });
      }
    }
  };
}
