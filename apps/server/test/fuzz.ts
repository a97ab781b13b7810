import { Agent, request } from 'node:http';
import { containerManifest, namespaceManifest, secretManifest } from '@neb/core-types';
import { openApiDocument, router } from '@neb/sdk/contract';
import { z } from 'zod';
import { type Chance, chance, type Hostile, hostile, type Schema } from './hostile.ts';

export interface FuzzOptions {
  readonly url: string;
  /** Whom the requests come from, in turn; `undefined` for nobody. */
  readonly tokens: readonly (string | undefined)[];
  /** Names and ids of what is there. */
  readonly known?: readonly string[];
  readonly seed: number;
  readonly count: number;
  /** How many requests are under way at once; 1 by default. */
  readonly concurrency?: number;
}

export interface Fuzzed {
  /** Requests that were answered by a fault or not in time. */
  readonly faults: readonly string[];
  /** How many were answered with each status. */
  readonly statuses: Readonly<Record<string, number>>;
}

interface Asked {
  readonly token: string | undefined;
  readonly method: string;
  readonly target: string;
  readonly body: string;
  readonly type: string;
}

/** Sends hostile requests to every procedure of the router and every route of the REST document, in shapes that most pass. */
export async function fuzz({ url, tokens, known = ['shop', 'web', 'a'], seed, count, concurrency = 1 }: FuzzOptions): Promise<Fuzzed> {
  const next = requests({ ...chance(seed), known, tokens });
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency });
  const faults: string[] = [];
  const statuses: Record<string, number> = {};
  let sent = 0;
  await Promise.all(Array.from({ length: concurrency }, async () => {
    while (sent++ < count) {
      const asked = next();
      const { status, fault } = await ask(url, agent, asked);
      statuses[status] = (statuses[status] ?? 0) + 1;
      if (fault) faults.push(`${status}: ${asked.method} ${asked.target.slice(0, 300)} ${asked.method === 'GET' ? '' : asked.body.slice(0, 600)}`);
    }
  }));
  agent.destroy();
  return { faults, statuses };
}

const broken = ['{', '[', '"\\ud800"', '\u0000', '['.repeat(20_000), '{"__proto__":{"a":1}}'];
const nowhere = ['//', '/\\', '/v1/%zz', '/trpc/%', '/%00', '/v1/containers/../..', '/trpc/__proto__', '/trpc/constructor.toString', '/trpc/containers.list,containers.get?batch=1', '/auth/%00', '/auth/device?a=b'];
const types = ['application/json', 'application/json', 'application/json', 'text/plain', '', 'multipart/form-data'];

function requests({ number, pick, known, tokens }: Chance & Required<Pick<FuzzOptions, 'known' | 'tokens'>>): () => Asked {
  const document = openApiDocument({ version: '1' });
  const make = hostile({ number, pick, known, schemas: document.components.schemas });
  const calls = [...procedures(), ...routes(document)];
  return () => {
    const call = pick(calls);
    const { method, target, input } = call(make, pick);
    const body = number() < 0.05 ? pick(broken) : (JSON.stringify(input) ?? '');
    const sent = { token: pick(tokens), method, type: pick(types), body };
    if (number() < 0.02) return { ...sent, target: pick(nowhere) };
    const query = target.startsWith('/trpc/') && method === 'GET' ? `?input=${coded(body).slice(0, 6_000)}` : '';
    return { ...sent, target: `${target}${query}` };
  };
}

type Call = (make: Hostile, pick: Chance['pick']) => { readonly method: string; readonly target: string; readonly input: unknown };

/** A procedure takes what its own schema says; one in ten comes by the wrong method. */
function procedures(): Call[] {
  return Object.entries(router._def.procedures as unknown as Record<string, { readonly _def: { readonly type: string; readonly inputs: readonly z.ZodType[] } }>).map(([name, { _def: { type, inputs } }]) => {
    const schema = inputs[0] && shapeOf(inputs[0]);
    const method = type === 'mutation' ? 'POST' : 'GET';
    return (make, pick) => ({ method: pick([...Array<string>(9).fill(method), 'POST']), target: `/trpc/${name}`, input: name.startsWith('manifests.') ? manifestsOf(make, pick) : schema && make.valueOf(schema) });
  });
}

const manifests = [containerManifest, namespaceManifest, secretManifest].map(shapeOf);

/** The schema of `manifests` lets anything through, so that what stands in it is made here. */
function manifestsOf(make: Hostile, pick: Chance['pick']): object {
  return { manifests: Array.from({ length: pick([1, 1, 2]) }, () => make.valueOf(pick(manifests))), mode: pick(['apply', 'create', 'replace']), dryRun: pick([true, false, undefined]) };
}

function shapeOf(schema: z.ZodType): Schema {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', reused: 'inline' });
}

function routes({ paths }: ReturnType<typeof openApiDocument>): Call[] {
  return Object.entries(paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]): Call => {
    const { parameters = [], requestBody } = operation as unknown as Described;
    const body = requestBody?.content['application/json']?.schema;
    return (make, pick) => {
      const asked = parameters.filter((one) => one.in === 'query' && pick([true, false])).map(({ name, schema }) => `${name}=${coded(written(make.valueOf(schema)))}`);
      return { method: method.toUpperCase(), target: `${path.replace(/\{\w+\}/g, () => coded(make.text()))}${asked.length > 0 ? `?${asked.join('&')}` : ''}`, input: body ? make.valueOf(body) : make.anything() };
    };
  }));
}

interface Described {
  readonly parameters?: readonly { readonly in: string; readonly name: string; readonly schema: Schema }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema } | undefined>> };
}

function written(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

function coded(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

const deadlineMs = 10_000;
/** A stream is left when it has said something, or this long after it began. */
const streamMs = 20;

interface Answered {
  readonly status: number | 'hangs' | 'cut';
  readonly fault: boolean;
}

function ask(url: string, agent: Agent, { token, target, method, body, type }: Asked): Promise<Answered> {
  return new Promise((resolve) => {
    const headers = { ...(token !== undefined && { authorization: `Bearer ${token}` }), ...(type !== '' && { 'content-type': type }) };
    const call = request({ agent, host: '127.0.0.1', port: new URL(url).port, path: target, method, headers }, (response) => {
      const { statusCode: status = 0 } = response;
      let said = '';
      const done = (): void => resolve({ status, fault: (status >= 500 && status !== 501) || said.includes('"code":"internal"') });
      response.on('data', (chunk: Buffer) => {
        if (said.length < 10_000) said += chunk.toString();
      });
      if (String(response.headers['content-type']).startsWith('text/event-stream')) setTimeout(() => response.destroy(), streamMs);
      response.once('close', done);
    });
    call.setTimeout(deadlineMs, () => {
      resolve({ status: 'hangs', fault: true });
      call.destroy();
    });
    call.once('error', () => resolve({ status: 'cut', fault: false }));
    call.end(method === 'GET' ? undefined : body);
  });
}
