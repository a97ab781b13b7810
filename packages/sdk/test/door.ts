import type { Container, Metadata, Processor, Service } from '@neb/core-types';
import type { Failure } from '../src/contract/index.ts';
import { type Harness, harness } from './harness.ts';
import { token } from './server.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly json: Body;
}
/** What the tests read of answers; each answer has some of it. */
export interface Body {
  readonly containers: readonly Container[];
  readonly processors: readonly Processor[];
  readonly services: readonly Service[];
  readonly next: string;
  readonly metadata: Metadata;
  readonly image: string;
  readonly status: object;
  readonly error: Failure;
}
export type Ask = (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Answer>;

/** The REST door of a server of its own for one test. */
export async function door(): Promise<Harness & { readonly ask: Ask }> {
  const h = await harness();
  const ask: Ask = async (method, path, body, headers) => {
    const response = await fetch(`${h.server.url}${path}`, {
      method, headers: { authorization: `Bearer ${token}`, ...headers }, ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, json: JSON.parse(text) as Body };
  };
  return { ...h, ask };
}
