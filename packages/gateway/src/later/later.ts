import { pipeline } from 'node:stream';
import type { Problem } from '../answer/problem.ts';
import { type ClientRequest, type ClientResponse, writeHead } from '../pass/client.ts';
import { patienceOf } from './preference.ts';
import { type Asker, results, type Results } from './results.ts';
import { type Told, TwoWays, without } from './two-ways.ts';

/** Where answers are that nobody waited for, at the address they were asked of. */
const place = '/.neb/results/';

/** Larger bodies are not kept in memory while their requests wait; the client then waits as if it had not asked otherwise. */
const bodyBytesAtMost = 4 * 2 ** 20;
/** Of all bodies together. */
const bodiesAtMost = 64 * 2 ** 20;

/** A request that has passed whoever may refuse it. */
export interface Asked {
  readonly request: ClientRequest;
  readonly response: ClientResponse;
  readonly id: string;
  readonly route: string;
  readonly hasBody: boolean;
  /** Reads the body whole, up to so many bytes. */
  readonly body: (limitBytes: number) => Promise<Buffer | undefined>;
}

/** Requests whose clients would rather come back than wait, as `Prefer: respond-async` says. */
export interface Later {
  /** The response to write to, where the answer may be kept; `undefined` where the client waits for it. `over` once it is written. */
  begin(asked: Asked): Promise<{ readonly response: ClientResponse; readonly over: () => void } | undefined>;
  /** Answers a request for an answer that was kept, or says what to tell instead; `undefined` where it is about something else. */
  answer(asked: Pick<Asked, 'request' | 'response' | 'id' | 'route'> & { readonly path: string }): Promise<'answered' | Problem> | undefined;
}

export function later(folder: string, kept: Results = results(folder)): Later {
  let bodies = 0;
  return {
    async begin({ request, response, id, route, hasBody, body }) {
      const patienceMs = patienceOf(request.headers['prefer']);
      if (patienceMs === undefined) return undefined;
      const bytes = hasBody ? Number(request.headers['content-length'] ?? Infinity) : 0;
      if (bytes > bodyBytesAtMost || bodies + bytes > bodiesAtMost) return undefined;
      bodies += bytes;
      const over = (): void => void (bodies -= bytes);
      try {
        if (hasBody) await body(bodyBytesAtMost);
        const keeping = await kept.begin(askerOf(request, route));
        if (!keeping) {
          over();
          return undefined;
        }
        const pending = pendingAt(`${place}${keeping.id}`, id);
        const told = { ...pending, headers: [...pending.headers, 'preference-applied', 'respond-async'] };
        return { response: new TwoWays(response, { keeping, patienceMs, told }) as unknown as ClientResponse, over };
      } catch (error) {
        over();
        throw error;
      }
    },
    answer(asked) {
      return asked.path.startsWith(place) ? tell(asked) : undefined;
    },
  };

  async function tell({ request, response, id, route, path }: Parameters<Later['answer']>[0]): Promise<'answered' | Problem> {
    const { method = 'GET' } = request;
    const name = path.slice(place.length);
    const found = await kept.find(name, askerOf(request, route));
    if (!found) return { status: 404, title: 'Not Found', detail: 'There is no such result, or it is not yours. Results are kept for an hour; ask with the credentials that were sent with the request.' };
    if (method === 'DELETE') {
      if (found.state === 'pending') return { status: 409, title: 'Conflict', detail: 'It is still being worked on. Delete it once it is there.' };
      await kept.remove(name);
      writeHead(response, 204, ['x-request-id', id]);
      response.end();
      return 'answered';
    }
    if (method !== 'GET' && method !== 'HEAD') return { status: 405, title: 'Method Not Allowed', detail: 'A result is read with GET, and forgotten with DELETE.', headers: { allow: 'GET, HEAD, DELETE' } };
    if (found.state === 'failed') return { status: 502, title: 'Bad Gateway', detail: found.why };
    if (found.state === 'pending') {
      const { status, headers, body } = pendingAt(path, id);
      writeHead(response, status, headers);
      response.end(method === 'HEAD' ? '' : body);
      return 'answered';
    }
    const bodyless = found.status === 204 || found.status === 304;
    writeHead(response, found.status, [...without(found.headers, 'content-length'), ...(bodyless ? [] : ['content-length', String(found.bytes)])]);
    if (method === 'HEAD' || bodyless || found.bytes === 0) response.end();
    else pipeline(found.body(), response, () => undefined);
    return 'answered';
  }
}

/** That a result is not there yet, and where it will be. */
function pendingAt(location: string, id: string): Told {
  const body = `${JSON.stringify({ status: 'pending', result: location })}\n`;
  return {
    status: 202, body,
    headers: ['content-type', 'application/json', 'content-length', String(Buffer.byteLength(body)), 'cache-control', 'no-store', 'location', location, 'retry-after', '1', 'x-request-id', id],
  };
}

function askerOf(request: ClientRequest, route: string): Asker {
  return { route, credential: request.headers.authorization };
}
