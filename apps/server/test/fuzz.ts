import { request } from 'node:http';
import { seededRandom } from '@neb/core-types/testing';
import { openApiDocument, router } from '@neb/sdk/contract';

export interface FuzzOptions {
  readonly url: string;
  readonly token: string;
  readonly seed: number;
  readonly count: number;
}

const hostile: readonly unknown[] = [
  '', '-', '../../etc/passwd', '..%2f', '\u0000', 'a\u0000b', '\ud800', 'x\udfff', '\r\nset-cookie: a=b', "'; drop table objects; --", '%', '%zz', '__proto__', 'constructor', '💥', '１２７', 'x'.repeat(5_000),
  0, -1, 1.5, 1e308, -0, 2 ** 53, null, true, [], {}, [[[[[[]]]]]], { constructor: { prototype: {} } }, 'shop', 'web', 'a', 'app=web', '2026-01-01T00:00:00Z', 'MTIz', '1',
];
const fields = ['id', 'namespace', 'name', 'ref', 'after', 'lastEventId', 'cursor', 'limit', 'selector', 'since', 'statuses', 'objectId', 'tail', 'manifests', 'mode', 'dryRun', 'platform', 'path', 'image', 'labels', 'env', 'value', 'kind', 'metadata', '__proto__'];

/** Sends hostile requests, made of the router and of the REST document, one by one. Answers with those that were answered by a fault or not in time. */
export async function fuzz({ url, token, seed, count }: FuzzOptions): Promise<readonly string[]> {
  const bytes = seededRandom(seed);
  const random = { number: () => Buffer.from(bytes(4)).readUInt32LE() / 2 ** 32 };
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random.number() * from.length)]!;
  const procedures = Object.keys(router._def.procedures).filter((name) => !name.startsWith('admin.'));
  const routes = Object.entries(openApiDocument({ version: '1' }).paths).flatMap(([path, methods]) => Object.keys(methods as object).map((method) => ({ path, method: method.toUpperCase() })))
    .filter(({ path }) => !path.includes('admin'));
  const text = (): string => String(pick(hostile.filter((one) => typeof one === 'string' || typeof one === 'number')));
  const coded = (): string => encodeURIComponent(text().toWellFormed());
  const value = (depth = 0): unknown => (depth < 3 && random.number() < 0.5 ? Object.fromEntries(Array.from({ length: 3 }, () => [pick(fields), value(depth + 1)])) : pick(hostile));
  const manifest = (): object => ({ kind: pick(['Container', 'Secret', 'Namespace', 'X']), metadata: { name: text(), namespace: pick(['shop', text()]), labels: { a: text() } }, image: text(), value: text(), [pick(fields)]: value() });
  const input = (): unknown => pick([
    () => ({ namespace: text(), name: text() }), () => ({ id: text() }), () => ({ ref: { namespace: text(), name: text() }, after: text() }), () => ({ cursor: text(), selector: text(), limit: 3 }),
    () => ({ after: text(), namespace: text(), objectId: text() }), () => ({ manifests: [manifest()], mode: 'apply' }), manifest, value,
  ])();
  const faults: string[] = [];
  for (let at = 0; at < count; at++) {
    const body = random.number() < 0.1 ? pick(['{', '[', '"\\ud800"', '\u0000', '['.repeat(20_000), '{"__proto__":{"a":1}}']) : JSON.stringify(input());
    const trpc = random.number() < 0.5;
    const { path, method } = trpc ? { path: `/trpc/${pick(procedures)}`, method: pick(['GET', 'POST']) } : pick(routes);
    const filled = path.replace(/\{\w+\}/g, coded);
    const query = trpc ? (method === 'GET' ? `?input=${encodeURIComponent(body.toWellFormed()).slice(0, 6_000)}` : '') : `?${pick(fields)}=${coded()}&${pick(fields)}=${coded()}`;
    const target = random.number() < 0.03 ? pick(['//', '/\\', '/v1/%zz', '/trpc/%', '/%00', '/v1/containers/../..']) : `${filled}${query}`;
    const status = await ask({ url, token, target, method, body, type: pick(['application/json', 'application/json', 'text/plain', '', 'multipart/form-data']) });
    if (status === 'hangs' || (typeof status === 'number' && status >= 500 && status !== 501)) faults.push(`${status}: ${method} ${target.slice(0, 300)} ${method === 'GET' ? '' : body.slice(0, 300)}`);
  }
  return faults;
}

const deadlineMs = 10_000;

/** The status; a stream is left as soon as it has begun. */
function ask({ url, token, target, method, body, type }: { readonly url: string; readonly token: string; readonly target: string; readonly method: string; readonly body: string; readonly type: string }): Promise<number | 'hangs' | 'cut'> {
  return new Promise((resolve) => {
    const { port } = new URL(url);
    const call = request({ host: '127.0.0.1', port, path: target, method, headers: { authorization: `Bearer ${token}`, ...(type !== '' && { 'content-type': type }) } }, (response) => {
      const streams = String(response.headers['content-type']).startsWith('text/event-stream');
      if (streams) response.destroy();
      else response.resume();
      response.once('close', () => resolve(response.statusCode ?? 0));
    });
    call.setTimeout(deadlineMs, () => {
      resolve('hangs');
      call.destroy();
    });
    call.once('error', () => resolve('cut'));
    call.end(method === 'GET' ? undefined : body);
  });
}
